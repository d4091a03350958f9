// The judge: makes inputs from a secret seed, feeds baseline and candidate, holds the clock, compares every output.
//
// It reads a plan from its standard input and prints one JSON line a round. A round gives the same fresh inputs to both
// workers, one after the other. A worker lays out room for its inputs, is stopped, and gets them written into its memory;
// the clock starts before it continues, and it is stopped again before its outputs are read. So nobody holds inputs off
// the clock. What a candidate computes off the clock all the same (beside laying out, or after its answer) is charged.
#pragma once

#include <malloc.h>
#include <sys/prctl.h>

#include <climits>
#include <iostream>

#include "answers.hpp"
#include "generate.hpp"
#include "owners.hpp"
#include "team.hpp"

namespace agentpar {

template <class Subject>
class Judge {
    using F = typename Subject::Function;
    using C = Call<F>;

public:
    Judge(int baseline, const std::vector<int>& candidate) : baseline_({baseline}, "baseline"), candidate_(candidate, "candidate") {
        candidate_.each([](Peer<C>& peer, std::size_t) { peer.handle(Subject::handling); });
        Random random(secret());
        noise_.resize(1 << 16);
        for (auto& byte : noise_) byte = static_cast<std::uint8_t>(random.next() >> 56);
        shape_fd_ = Peer<C>::buffer("shape", 0);
        shape_ = map_buffer(shape_fd_, PROT_READ | PROT_WRITE);
        // The judge keeps its own mapping; from here on nobody else can make a writable one.
        require(fcntl(shape_fd_, F_ADD_SEALS, F_SEAL_FUTURE_WRITE | F_SEAL_SHRINK | F_SEAL_GROW) == 0, "seal the shape");
    }

    void greet() {
        attempt(baseline_, [&] { baseline_.greet(shape_fd_, 10'000); });
        attempt(candidate_, [&] { candidate_.greet(shape_fd_, 10'000); });
    }

    bool failed() const { return !culprit_.empty(); }

    // Names the objects to load; each is a line of the plan.
    void open(std::istream& plan) {
        for (Team<C>* team : {&baseline_, &candidate_}) {
            std::string path;
            if (!std::getline(plan, path)) std::_Exit(0);  // the session ended before it began
            attempt(*team, [&] { team->open(path); });
        }
    }

    // Reads the rest of the plan, line by line: `tolerance RELATIVE ABSOLUTE BITWISE` once, then rounds of
    // `round THREADS BASELINE_TIMEOUT_MS CANDIDATE_TIMEOUT_MS GENERATOR WITH_CONST SHUFFLE EXTRA SEED DIM...`. Of
    // THREADS each rank may use its share. EXTRA is how many calls the candidate makes before the one that counts; SEED 0
    // draws a secret one.
    void follow(std::istream& plan) {
        std::string line;
        if (failed()) {
            print_failure();
            std::cout << "}" << std::endl;
            return;
        }
        const Nanoseconds begun = read_clock(CLOCK_MONOTONIC), machine_before = machine_cpu(), own_before = own_cpu();
        while (!failed() && !differed_ && std::getline(plan, line)) {
            std::istringstream words(line);
            std::string word;
            words >> word;
            if (word == "tolerance") words >> tolerance_.relative >> tolerance_.absolute >> tolerance_.bitwise;
            if (word == "round") round(words);
        }
        if (!failed() && !differed_ && has_ranks()) {
            attempt(candidate_, [&] { candidate_.settle(last_load_, 10'000); });
            if (failed()) {
                print_failure();
                std::cout << "}" << std::endl;
            }
        }
        // Of a failure in time what else kept the machine busy is told too: that may be to blame.
        if (failed() && failure_.kind != "timeout") return;
        std::cout << "{\"event\":\"end\",\"startup_cpu_ns\":" << candidate_.startup_cpu()
                  << ",\"session_ns\":" << read_clock(CLOCK_MONOTONIC) - begun
                  << ",\"foreign_cpu_ns\":" << (machine_cpu() - machine_before) - (own_cpu() - own_before) << "}" << std::endl;
    }

private:
    Nanoseconds own_cpu() const { return baseline_.cpu() + candidate_.cpu() + read_clock(CLOCK_PROCESS_CPUTIME_ID); }

    void round(std::istream& words) {
        unsigned threads = 1;
        int baseline_ms = 0, candidate_ms = 0, generator = 0, extra = 0;
        bool with_const = true, shuffle = false;
        std::uint64_t seed = 0;
        std::array<std::int64_t, Subject::dims> dims{};
        words >> threads >> baseline_ms >> candidate_ms >> generator >> with_const >> shuffle >> extra >> seed;
        for (auto& d : dims) words >> d;
        require(static_cast<bool>(words), "malformed plan");
        if (seed == 0) seed = secret() | 1;

        Random random(seed);
        typename C::Arguments arguments{};
        Writer shape(shape_, buffer_bytes);
        try {
            Subject::make(arguments, dims, random, static_cast<Generator>(generator));
            C::write_shape(shape, arguments);
        } catch (const std::exception& error) {
            culprit_ = "judge";
            failure_ = {"inputs", error.what(), 0};
            print_failure();
            describe(threads, dims, seed);
            std::cout << "}" << std::endl;
            return;
        }
        last_load_ = {Request::load, std::max(1u, threads / static_cast<unsigned>(candidate_.size())), shape.bytes(), 0};
        const Given given = distribute(arguments, dims, static_cast<Generator>(generator));
        const bool candidate_first = shuffle && (secret() & 1) != 0;
        const auto run_baseline = [&] {
            baseline_.run(last_load_, [&](std::size_t) -> const auto& { return arguments; }, baseline_ms);
        };
        const auto run_candidate = [&] {
            const auto of_rank = [&](std::size_t rank) -> const auto& { return given.empty() ? arguments : given[rank]; };
            for (int i = 0; i <= extra; ++i) candidate_.run(last_load_, of_rank, candidate_ms);
        };
        if (candidate_first) attempt(candidate_, run_candidate);
        attempt(baseline_, run_baseline);
        if (!candidate_first) attempt(candidate_, run_candidate);
        Outputs<F> want;
        std::vector<Outputs<F>> have(candidate_.size());
        fetch(arguments, given, with_const, want, have);
        const Run expected = baseline_.total();
        tolerance_.sum_length = static_cast<double>(expected.input_bytes) / sizeof(double);
        std::string difference;
        typical_.clear();
        if (!failed()) difference = first_difference(arguments, given, dims, want, have, with_const);
        if (!difference.empty() && learn_typical_scales(arguments, want, dims, static_cast<Generator>(generator), baseline_ms))
            difference = first_difference(arguments, given, dims, want, have, with_const);
        if (failed()) {
            print_failure();
        } else {
            print_round(difference, arguments, want, expected, threads, dims);
        }
        describe(threads, dims, seed);
        std::cout << "}" << std::endl;
        differed_ = !difference.empty();
    }

    bool has_ranks() const { return candidate_[0].call_record().is_rank != 0; }

    using Given = std::vector<typename C::Arguments>;

    static constexpr bool is_distributed() {
        for (const Owner owner : Subject::owners)
            if (owner != Owner::replicated) return true;
        return Subject::result_owner != Owner::replicated;
    }

    // What each rank is given, where that is not the same for all; else nothing.
    template <class Dims>
    Given distribute(const typename C::Arguments& arguments, const Dims& dims, Generator generator) {
        Given given;
        if constexpr (is_distributed()) {
            if (candidate_.size() == 1) return given;
            Random random(secret());
            typename C::Arguments foreign{};
            Subject::make(foreign, dims, random, generator);
            for (std::size_t rank = 0; rank < candidate_.size(); ++rank) {
                given.push_back(arguments);
                replace_foreign_arguments(given.back(), foreign, dims, rank);
            }
        }
        return given;
    }

    template <class Dims>
    void replace_foreign_arguments(typename C::Arguments& arguments, const typename C::Arguments& foreign, const Dims& dims, std::size_t rank) const {
        const auto rows = Subject::rows(dims);
        C::for_references(true, [&](auto i) {
            replace_foreign(std::get<i>(arguments), std::get<i>(foreign), Subject::owners[i], rows[i], {rank, candidate_.size()});
        });
    }

    void fetch(const typename C::Arguments& arguments, const Given& given, bool with_const, Outputs<F>& want, std::vector<Outputs<F>>& have) {
        std::size_t bytes = 0;
        attempt(baseline_, [&] { bytes = baseline_[0].fetch(arguments, want.result, want.arguments, with_const, SIZE_MAX / 16, SIZE_MAX, nullptr); });
        // What the reference gives bounds what is read at all: outputs of another size are wrong anyway.
        const std::size_t most_bytes = 2 * bytes + 65536, most_map_bytes = failed() ? 0 : 2 * baseline_[0].last_run().map_bytes + 65536;
        attempt(candidate_, [&] {
            candidate_.each([&](Peer<C>& peer, std::size_t rank) {
                peer.fetch(given.empty() ? arguments : given[rank], have[rank].result, have[rank].arguments, with_const, most_bytes, most_map_bytes, &noise_);
            });
        });
    }

    // How large, in most answers of the reference to inputs of this size and with these scalars, the numbers are that are
    // all of an output; whether there are any. It is asked only where outputs differ.
    template <class Dims>
    bool learn_typical_scales(const typename C::Arguments& given, const Outputs<F>& want, const Dims& dims, Generator generator, int timeout_ms) {
        std::vector<std::vector<double>> answers{Answers<Subject>::scales_of(want)};
        const auto& first = answers[0];
        if (Subject::compares || tolerance_.bitwise || std::all_of(first.begin(), first.end(), [](double scale) { return scale == 0; })) return false;
        try {
            while (answers.size() < typical_answers) {
                Random random(secret());
                typename C::Arguments arguments{};
                Writer shape(shape_, buffer_bytes);
                Outputs<F> other;
                Subject::make(arguments, dims, random, generator);
                Answers<Subject>::copy_scalars(given, arguments);
                C::write_shape(shape, arguments);
                last_load_.bytes = shape.bytes();
                baseline_.run(last_load_, [&](std::size_t) -> const auto& { return arguments; }, timeout_ms);
                baseline_[0].fetch(arguments, other.result, other.arguments, false, SIZE_MAX / 16, SIZE_MAX, nullptr);
                answers.push_back(Answers<Subject>::scales_of(other));
            }
        } catch (const Failure&) {
            return false;  // what differs stays so
        } catch (const std::exception&) {
            return false;
        }
        for (std::size_t i = 0; i < answers[0].size(); ++i) {
            std::vector<double> scales;
            for (const auto& answer : answers) scales.push_back(answer[i]);
            std::nth_element(scales.begin(), scales.begin() + typical_answers / 2, scales.end());
            typical_.push_back(scales[typical_answers / 2]);
        }
        return true;
    }

    // The first difference of what ranks must hold, with where it is and why, as far as that shows.
    template <class Dims>
    std::string first_difference(const typename C::Arguments& arguments, const Given& given, const Dims& dims, const Outputs<F>& want,
                                 std::vector<Outputs<F>>& have, bool with_const) const {
        const auto differs = [&](std::size_t rank) {
            const auto& inputs = given.empty() ? arguments : given[rank];
            if constexpr (is_distributed()) {
                if (candidate_.size() != 1) {
                    Outputs<F> owned = have[rank], expected = want;
                    replace_foreign_arguments(owned.arguments, want.arguments, dims, rank);
                    C::for_references(true, [&](auto i) {
                        if (C::is_const[i]) std::get<i>(expected.arguments) = std::get<i>(inputs), std::get<i>(owned.arguments) = std::get<i>(have[rank].arguments);
                    });
                    replace_foreign(owned.result, want.result, Subject::result_owner, 0, {rank, candidate_.size()});
                    return compare(inputs, expected, owned, with_const);
                }
            }
            return compare(inputs, want, have[rank], with_const);
        };
        for (std::size_t rank = 0; rank < candidate_.size(); ++rank) {
            const std::string difference = differs(rank);
            if (difference.empty()) continue;
            if (candidate_.size() == 1) return difference;
            const std::string told = "on rank " + std::to_string(rank) + ": " + difference;
            if constexpr (Subject::has_ranks) return told + cause(arguments, want, have, differs);
            return told;
        }
        return "";
    }

    // What the ranks' outputs tell together.
    template <class Differs>
    std::string cause(const typename C::Arguments& arguments, const Outputs<F>& want, std::vector<Outputs<F>>& have, Differs&& differs) const {
        std::string right;
        for (std::size_t rank = 0; rank < candidate_.size(); ++rank)
            if (differs(rank).empty()) right += (right.empty() ? "" : ", ") + std::to_string(rank);
        if (!right.empty()) return "; it is right on rank " + right + ": the other ranks must hold it too";
        // Of the outputs that ranks hold, the first that is wrong, with what all ranks have of it.
        std::string told;
        const auto explain = [&](auto&& output) {
            if (!told.empty()) return;
            const auto is_right = [&](auto&& combine) {
                Outputs<F> all = want;
                output(all) = output(have[0]);
                for (std::size_t rank = 1; rank < candidate_.size(); ++rank) combine(output(all), output(have[rank]), output(want));
                return compare(arguments, want, all, false).empty();
            };
            const auto keep = [](auto&, const auto&, const auto&) {};
            const auto add = [](auto& all, const auto& one, const auto&) { parts(Add{}, all, one); };
            const auto take_nearer = [](auto& all, const auto& one, const auto& right_one) { parts(TakeNearer{}, all, one, right_one); };
            if (is_right(keep)) return;
            if (is_right(add)) told = "; the ranks' values add up to the right one: they are not reduced (MPI_Allreduce)";
            else if (is_right(take_nearer)) told = "; each part is right on some rank: they are not gathered (MPI_Allgatherv)";
        };
        explain([](auto& outputs) -> auto& { return outputs.result; });
        C::for_references(false, [&](auto i) { explain([](auto& outputs) -> auto& { return std::get<decltype(i)::value>(outputs.arguments); }); });
        return told;
    }

    template <class Dims>
    void print_round(const std::string& difference, const typename C::Arguments& arguments, const Outputs<F>& want, const Run& expected, unsigned threads, const Dims& dims) {
        const Run got = candidate_.total();
        const Nanoseconds charged = charge(expected, threads);
        std::cout << "{\"event\":\"round\",\"baseline_ns\":" << expected.wall << ",\"candidate_ns\":" << got.wall + charged
                  << ",\"startup_ns\":" << candidate_.startup_cpu() - baseline_.startup_cpu() << ",\"charged_ns\":" << charged << ",\"cpu_ns\":" << got.cpu << ",\"wall_ns\":" << got.wall
                  << ",\"delay_ns\":" << expected.delay << ",\"baseline_off_clock_ns\":" << expected.before + expected.after << ",\"input_bytes\":" << expected.input_bytes << ",\"digest\":\"" << Answers<Subject>::digest_of(known_, dims, arguments, want, expected.input_bytes) << "\",\"scalars\":\"" << Answers<Subject>::scalars_of(arguments) << "\",\"unchanged\":\"" << Answers<Subject>::unchanged_of(arguments, want, expected.input_bytes) << "\",\"outputs\":" << Answers<Subject>::outputs_of(arguments, want, expected.input_bytes) << ",\"difference\":" << quoted(difference);
    }

    // Off-clock CPU time beyond the baseline's, with an allowance that stays small beside the call itself: threads take
    // time to stop, each its own. Ranks make room for themselves, each as the baseline does. What is saved in making
    // room pays for nothing that is computed after the answer, with the inputs at hand.
    Nanoseconds charge(const Run& expected, unsigned threads) const {
        const Nanoseconds slack = (expected.before + expected.after) / 10 + 30'000 + 15'000 * Nanoseconds{threads};
        const Nanoseconds allowance = std::min(slack, std::max<Nanoseconds>(expected.wall / 20, 5'000));
        Nanoseconds charged = 0;
        for (std::size_t rank = 0; rank < candidate_.size(); ++rank) {
            const Run& got = candidate_[rank].last_run();
            const Nanoseconds beyond = std::max<Nanoseconds>(0, got.before - expected.before) + std::max<Nanoseconds>(0, got.after - expected.after);
            charged += got.lapse + std::max<Nanoseconds>(0, beyond - allowance);
        }
        return charged;
    }

    std::string compare(const typename C::Arguments& inputs, const Outputs<F>& want, const Outputs<F>& have, bool with_const) const {
        return Answers<Subject>::difference(tolerance_, typical_, inputs, want, have, with_const);
    }

    // Runs an action for which one worker is answerable; remembers the first failure.
    template <class Action>
    void attempt(const Team<C>& who, Action&& action) {
        if (failed()) return;
        try {
            action();
        } catch (const Failure& failure) {
            failure_ = failure;
            culprit_ = who.name();
        }
    }

    void print_failure() const {
        std::cout << "{\"event\":\"failure\",\"who\":" << quoted(culprit_) << ",\"kind\":" << quoted(failure_.kind)
                  << ",\"detail\":" << quoted(failure_.detail);
        if (culprit_ == candidate_.name() && candidate_.size() > 1) std::cout << ",\"rank\":" << failure_.rank;
    }

    template <class Dims>
    void describe(unsigned threads, const Dims& dims, std::uint64_t seed) const {
        if (has_ranks()) std::cout << ",\"ranks\":" << candidate_.size();
        std::cout << ",\"threads\":" << threads << ",\"seed\":\"" << seed << "\",\"dims\":[";
        for (std::size_t i = 0; i < dims.size(); ++i) std::cout << (i != 0 ? "," : "") << dims[i];
        std::cout << "]";
    }

    static constexpr std::size_t typical_answers = 9;

    Team<C> baseline_, candidate_;
    Order last_load_{};
    int shape_fd_ = -1;
    std::uint8_t* shape_ = nullptr;
    Noise noise_;
    Tolerance tolerance_;
    std::vector<double> typical_;
    std::vector<Known> known_;
    Failure failure_;
    std::string culprit_;
    bool differed_ = false;
};

// Usage: judge BASELINE_SOCKET CANDIDATE_SOCKET... < PLAN
//        judge layouts
//
// Exits with 3 when a worker failed. The second form tells how the structs of the task are laid out.
template <class Subject>
int judge_main(int argc, char** argv) {
    if (argc == 2) {
        Subject::layouts(std::cout);
        return 0;
    }
    if (argc < 3) return 64;
    require(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0, "become unreadable");
    // Each round's values take the memory of the one before: the kernel would have to clear every page again.
    mallopt(M_MMAP_THRESHOLD, INT_MAX);
    mallopt(M_TRIM_THRESHOLD, INT_MAX);
    // Waits of microseconds shall take microseconds (the default adds fifty).
    require(prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0) == 0, "wait precisely");
    std::vector<int> candidate;
    for (int i = 2; i < argc; ++i) candidate.push_back(std::atoi(argv[i]));
    Judge<Subject> judge(std::atoi(argv[1]), candidate);
    judge.greet();
    judge.open(std::cin);
    judge.follow(std::cin);
    return judge.failed() ? 3 : 0;
}

}  // namespace agentpar
