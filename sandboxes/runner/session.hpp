// A judged session: judge, baseline and candidate, started together and ended together.
#pragma once

#include <array>
#include <map>
#include <memory>

#include "processes.hpp"

namespace runner {

constexpr const char* most_threads = "512";
constexpr std::size_t most_ranks = 64;
constexpr std::size_t longest_plan = std::size_t{1} << 20;

// What a session starts with: everything but the candidate's object and the plan.
struct Cast {
    std::string memory, ranks, judge, baseline_worker, baseline_object, candidate_worker;
    std::vector<std::string> environment;

    bool operator==(const Cast& other) const {
        return std::tie(memory, ranks, judge, baseline_worker, baseline_object, candidate_worker, environment) ==
               std::tie(other.memory, other.ranks, other.judge, other.baseline_worker, other.baseline_object, other.candidate_worker, other.environment);
    }
};

// Socket pairs between the judge and a worker: one, or one for each of its ranks. Closed here with the object.
struct Channels {
    std::vector<int> ours, theirs;

    explicit Channels(std::size_t count) {
        for (std::size_t i = 0; i < std::min(std::max(count, std::size_t{1}), most_ranks); ++i) {
            int both[2];
            if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, both) != 0) fail("make channels");
            ours.push_back(both[0]);
            theirs.push_back(both[1]);
        }
    }
    ~Channels() {
        for (const std::vector<int>* side : {&ours, &theirs})
            for (const int fd : *side) close(fd);
    }
    Channels(const Channels&) = delete;
    Channels& operator=(const Channels&) = delete;
};

// The three processes, started and waiting: workers for an object to load, the judge for its plan.
class Company {
public:
    Capture lines{std::size_t{4} << 20}, judge_output, baseline_output, candidate_output;
    pid_t judge, baseline, candidate;

    explicit Company(const Cast& cast) : cast_(cast) {
        int plan[2];
        if (pipe2(plan, O_CLOEXEC) != 0) fail("make channels");
        // A whole plan fits, so that writing one never waits for its reader.
        if (fcntl(plan[1], F_SETPIPE_SZ, static_cast<int>(longest_plan)) < 0) fail("make room for plans");
        plan_ = plan[1];
        const Channels to_baseline(1), to_candidate(std::strtoul(cast.ranks.c_str(), nullptr, 10));
        baseline = start_worker("baseline", to_baseline.theirs, cast.baseline_worker, baseline_output);
        candidate = start_worker("candidate", to_candidate.theirs, cast.candidate_worker, candidate_output);
        Spawn spawn;
        spawn.identity = "judge";
        spawn.arguments = {path_in(cast.judge)};
        for (const Channels* channels : {&to_baseline, &to_candidate})
            for (const int fd : channels->ours) {
                spawn.arguments.push_back(std::to_string(fd));
                spawn.keep.push_back(fd);
            }
        spawn.input = plan[0];
        spawn.output = lines.write_end;
        spawn.error = judge_output.write_end;
        judge = start(spawn);
        close(plan[0]);
        for (Capture* c : {&lines, &judge_output, &baseline_output, &candidate_output}) c->close_write();
    }
    ~Company() {
        if (plan_ >= 0) close(plan_);
    }
    Company(const Company&) = delete;
    Company& operator=(const Company&) = delete;

    const Cast& cast() const { return cast_; }

    // Names the objects and hands over the plan; a judge that is gone has said why on its output.
    void begin(const std::string& candidate_object, const std::string& plan) {
        const std::string whole = path_in(cast_.baseline_object) + "\n" + path_in(candidate_object) + "\n" + plan;
        for (std::size_t at = 0; at < whole.size();) {
            const ssize_t n = write(plan_, whole.data() + at, whole.size() - at);
            if (n <= 0) break;
            at += static_cast<std::size_t>(n);
        }
        close(plan_);
        plan_ = -1;
    }

private:
    pid_t start_worker(const char* who, const std::vector<int>& sockets, const std::string& program, Capture& output) const {
        Spawn spawn;
        spawn.identity = who;
        // Without a namespace of its own the user's other processes would count.
        spawn.arguments = {path_in(program), cast_.memory, mode == Mode::process ? "0" : most_threads};
        for (const int socket : sockets) spawn.arguments.push_back(std::to_string(socket));
        spawn.environment = cast_.environment;
        spawn.output = spawn.error = output.write_end;
        spawn.keep = sockets;
        return start(spawn);
    }

    Cast cast_;
    int plan_ = -1;
};

// Whoever was the cast of the last session starts anew while the next candidate is compiled, not while it waits.
inline std::optional<Cast> last_cast;
inline std::unique_ptr<Company> waiting;

inline void start_ahead() {
    if (last_cast && !waiting) waiting = std::make_unique<Company>(*last_cast);
}

inline std::unique_ptr<Company> company_for(const Cast& cast) {
    if (waiting && !(waiting->cast() == cast)) {
        waiting.reset();
        kill_everything();
    }
    last_cast = cast;
    return waiting ? std::move(waiting) : std::make_unique<Company>(cast);
}

// judge TIMEOUT_MS MEMORY_BYTES RANKS JUDGE BASELINE_WORKER BASELINE_OBJECT CANDIDATE_WORKER CANDIDATE_OBJECT PLAN N_ENV ENV...
inline void judge(Arguments in) {
    const auto timeout_ms = static_cast<std::int64_t>(in.number());
    Cast cast;
    for (std::string* field : {&cast.memory, &cast.ranks, &cast.judge, &cast.baseline_worker, &cast.baseline_object, &cast.candidate_worker})
        *field = in.text();
    const std::string candidate_object = in.text(), plan = in.text();
    cast.environment = in.list();
    if (plan.size() > longest_plan - 4096) return write_frame({"error", "a plan beyond the limit"});

    const std::unique_ptr<Company> company = company_for(cast);
    company->begin(candidate_object, plan);
    const std::int64_t deadline = now_ns() + timeout_ms * 1'000'000;
    const std::array<Capture*, 3> outputs = {&company->judge_output, &company->baseline_output, &company->candidate_output};
    bool timed_out = false, open = true;
    while (open) {
        std::array<pollfd, 5> wait = {{{STDIN_FILENO, 0, 0}, {company->lines.read_end, POLLIN, 0}}};
        for (std::size_t i = 0; i < outputs.size(); ++i) wait[i + 2] = {outputs[i]->read_end, POLLIN, 0};
        poll(wait.data(), wait.size(), 100);
        end_if_host_is_gone(wait[0].revents);
        for (Capture* c : outputs)
            if (c->read_end >= 0 && !c->drain()) c->close_read();  // a closed pipe would wake us for ever
        open = company->lines.drain();
        std::string& text = company->lines.text;
        for (std::size_t end; (end = text.find('\n')) != std::string::npos; text.erase(0, end + 1))
            write_frame({"line", text.substr(0, end)});
        if (now_ns() > deadline) {
            timed_out = true;
            break;
        }
    }

    std::map<pid_t, Ended> endings;
    const auto has_ended = [&](pid_t process) {
        int status = 0;
        for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) endings[pid] = ended(status);
        return endings.count(process) != 0;
    };
    const auto wait_for = [&](pid_t process, std::int64_t at_most_ns) {
        const std::int64_t until = now_ns() + at_most_ns;
        // Ever longer waits: a short one could keep the process that is about to end from its CPU.
        for (long wait_ns = 20'000; !has_ended(process) && now_ns() < until; wait_ns = std::min(2 * wait_ns, 1'000'000L))
            pause_ns(wait_ns);
    };
    wait_for(company->judge, 10'000'000);
    // A worker that is on its way out gets a moment, so that its own ending is reported and not our kill.
    const bool went_well = !timed_out && endings.count(company->judge) != 0 && endings[company->judge].exit_status == 0;
    if (!went_well) wait_for(company->candidate, 250'000'000);
    for (Capture* c : outputs)
        if (c->read_end >= 0) c->drain();
    const auto report = [&](pid_t pid) {
        if (endings.count(pid) == 0) return std::string("killed");
        const Ended e = endings[pid];
        return e.signal != 0 ? "signal " + std::to_string(e.signal) : "exit " + std::to_string(e.exit_status);
    };
    const Fields answer = {"end", timed_out ? "1" : "0", report(company->judge), report(company->baseline), report(company->candidate),
                           company->judge_output.text, company->baseline_output.text, company->candidate_output.text};
    if (!kill_everything()) return write_frame({"dirty", "a process does not die"});
    // Ranks leave their share of it behind, session after session.
    if (!wipe_shared_memory()) return write_frame({"dirty", "a shared-memory file cannot be removed"});
    write_frame(answer);
}

}  // namespace runner
