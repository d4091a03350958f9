// A worker, or the ranks of one: as many processes as work on a call together, each with memory of its own.
//
// The clock starts before the first is continued and stops at the last answer. CPU time is that of all.
#pragma once

#include <memory>

#include "peer.hpp"

namespace agentpar {

template <class C>
class Team {
public:
    Team(const std::vector<int>& sockets, const char* name) : name_(name) {
        for (const int socket : sockets) ranks_.push_back(std::make_unique<Peer<C>>(socket));
    }

    std::size_t size() const { return ranks_.size(); }
    const char* name() const { return name_; }
    Peer<C>& operator[](std::size_t rank) { return *ranks_[rank]; }
    const Peer<C>& operator[](std::size_t rank) const { return *ranks_[rank]; }

    void greet(int shape_fd, int timeout_ms) {
        each([&](Peer<C>& peer, std::size_t) { peer.greet(shape_fd, timeout_ms); });
    }
    void open(const std::string& object) {
        each([&](Peer<C>& peer, std::size_t) { peer.open(object); });
    }

    // One call; `given(rank)` are the arguments of each. Throws Failure.
    //
    // Ranks may read and write each other's memory. So none gets inputs before all stand still, and what one computes
    // while another is being stopped is off the clock.
    template <class Given>
    void run(const Order& load, Given&& given, int timeout_ms) {
        each([&](Peer<C>& peer, std::size_t) { peer.make_room(load, timeout_ms); });
        each([&](Peer<C>& peer, std::size_t rank) { peer.give(given(rank), timeout_ms); });
        each([](Peer<C>& peer, std::size_t) { peer.order_call(); });
        const Nanoseconds begun = read_clock(CLOCK_MONOTONIC);
        each([](Peer<C>& peer, std::size_t) { peer.resume(); });
        await_all(timeout_ms);
        const Nanoseconds wall = read_clock(CLOCK_MONOTONIC) - begun;
        each([](Peer<C>& peer, std::size_t) { peer.end_clock(); });
        each([&](Peer<C>& peer, std::size_t) { peer.end_call(wall); });
    }

    // The last call as one: CPU times are those of all.
    Run total() const {
        Run sum = ranks_[0]->last_run();
        for (std::size_t rank = 1; rank < size(); ++rank) {
            sum.cpu += ranks_[rank]->last_run().cpu;
            sum.before += ranks_[rank]->last_run().before;
            sum.after += ranks_[rank]->last_run().after;
        }
        return sum;
    }

    void settle(const Order& load, int timeout_ms) {
        each([&](Peer<C>& peer, std::size_t) { peer.settle(load, timeout_ms); });
    }
    Nanoseconds startup_cpu() const {
        Nanoseconds most = 0;
        for (const auto& peer : ranks_) most = std::max(most, peer->startup_cpu());
        return most;
    }
    Nanoseconds cpu() const {
        Nanoseconds sum = 0;
        for (const auto& peer : ranks_) sum += peer->cpu();
        return sum;
    }

    // Calls action(peer, rank) for each; a failure bears the rank.
    template <class Action>
    void each(Action&& action) {
        for (std::size_t rank = 0; rank < size(); ++rank) {
            try {
                action(*ranks_[rank], rank);
            } catch (Failure& failure) {
                failure.rank = static_cast<int>(rank);
                throw;
            }
        }
    }

private:
    static constexpr int look_every_ms = 50, looks_until_stuck = 30;

    void await_all(int timeout_ms) {
        std::vector<pollfd> waits;
        for (const auto& peer : ranks_) waits.push_back({peer->socket(), POLLIN, 0});
        const bool is_watched = ranks_[0]->call_record().is_rank != 0;
        const Nanoseconds deadline = read_clock(CLOCK_MONOTONIC) + Nanoseconds{timeout_ms} * 1'000'000;
        std::vector<Look> seen;
        int unchanged = 0;
        for (std::size_t pending = size(); pending != 0;) {
            const Nanoseconds left = std::max<Nanoseconds>(deadline - read_clock(CLOCK_MONOTONIC), 0) / 1'000'000;
            const int wait_ms = static_cast<int>(is_watched ? std::min<Nanoseconds>(left, look_every_ms) : left);
            const int ready = poll(waits.data(), waits.size(), wait_ms);
            if (ready <= 0) {
                if (left == 0) throw Failure{"timeout", "the call" + calls(waits)};
                if (ready == 0 && is_watched && count_stuck(waits, seen, unchanged) == looks_until_stuck)
                    throw Failure{"deadlock", calls(waits)};
                continue;
            }
            each([&](Peer<C>& peer, std::size_t rank) {
                if (waits[rank].revents == 0) return;
                peer.hear_answer(0);
                waits[rank].fd = -1;
                waits[rank].revents = 0;
                --pending;
            });
            unchanged = 0;
        }
    }

    struct Look {
        std::uint64_t calls;
        Nanoseconds cpu;
    };

    // For how many looks all that have not answered are in the MPI calls that they are in now. Who waits there spins, so
    // a look at which one has had no time since the one before says nothing: on a busy machine it only has to run.
    int count_stuck(const std::vector<pollfd>& waits, std::vector<Look>& seen, int& unchanged) {
        std::vector<Look> now;
        bool is_stuck = !seen.empty(), all_ran = true;
        each([&](Peer<C>& peer, std::size_t rank) {
            const CallRecord record = peer.call_record();
            now.push_back({record.calls, peer.cpu()});
            if (seen.empty()) return;
            is_stuck = is_stuck && record.calls == seen[rank].calls && (waits[rank].fd < 0 || record.is_inside != 0);
            all_ran = all_ran && (waits[rank].fd < 0 || now[rank].cpu > seen[rank].cpu);
        });
        seen = now;
        unchanged = is_stuck ? unchanged + (all_ran ? 1 : 0) : 0;
        return unchanged;
    }

    // Where each rank is, for people.
    std::string calls(const std::vector<pollfd>& waits) const {
        std::string text;
        for (std::size_t rank = 0; rank < size(); ++rank) {
            const CallRecord record = ranks_[rank]->call_record();
            if (record.is_rank == 0) return "";
            text += "; rank " + std::to_string(rank) + (waits[rank].fd < 0 ? " has returned" : described(record));
        }
        return text;
    }

    static std::string described(const CallRecord& record) {
        if (record.calls == 0) return " has made no MPI call";
        std::string text = (record.is_inside != 0 ? " is in " : " computes after ") + std::string(record.name);
        const auto number = [](std::int32_t value) { return value == CallRecord::any ? "any" : std::to_string(value); };
        if (record.peer != CallRecord::none) text += " " + std::string(record.relation) + " rank " + number(record.peer);
        if (record.tag != CallRecord::none) text += ", tag " + number(record.tag);
        return text;
    }

    std::vector<std::unique_ptr<Peer<C>>> ranks_;
    const char* name_;
};

}  // namespace agentpar
