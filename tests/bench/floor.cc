// What the machine itself charges for moving a record, for ./dev bench to print beside the node's
// figures: `bench_floor produce|consume --directory D --bytes N` prints one line of JSON.
//
//   produce   receive over loopback, CRC-32C, write to a file: the least a broker can do
//   consume   read the file from the page cache, CRC-32C, send over loopback
//
// Two threads with a file and a connection each; the other ends live in a child process whose CPU
// is not counted. Machines differ between minutes: only figures of one run compare.

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "base/crc32c.h"
#include "tests/bench/wire.h"

namespace millrace::bench {
namespace {

constexpr std::size_t kChunkBytes = 1 << 20;
constexpr std::size_t kThreads = 2;

int checked(int result, const char* what) {
  if (result < 0) die(std::string(what) + ": " + std::strerror(errno));
  return result;
}

struct Pair {
  int ours;
  int theirs;
};

std::array<Pair, kThreads> connect_pairs() {
  const int listener = checked(socket(AF_INET, SOCK_STREAM, 0), "socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  checked(bind(listener, generic, size), "bind");
  checked(getsockname(listener, generic, &size), "getsockname");
  checked(listen(listener, kThreads), "listen");
  std::array<Pair, kThreads> pairs{};
  for (auto& pair : pairs) {
    pair.theirs = checked(socket(AF_INET, SOCK_STREAM, 0), "socket");
    checked(connect(pair.theirs, generic, size), "connect");
    pair.ours = checked(accept(listener, nullptr, nullptr), "accept");
  }
  close(listener);
  return pairs;
}

/// Moves a whole chunk with `move(data, count, done so far)`, which returns how much it moved.
template <class Move>
bool whole(std::vector<std::uint8_t>& chunk, Move move) {
  for (std::size_t done = 0; done < chunk.size();) {
    const auto moved = move(chunk.data() + done, chunk.size() - done, done);
    if (moved == 0) return false;
    done += static_cast<std::size_t>(checked(static_cast<int>(moved), "moving bytes"));
  }
  return true;
}

bool receive(int from, std::vector<std::uint8_t>& chunk) {
  return whole(chunk,
               [&](auto* data, auto count, auto) { return recv(from, data, count, MSG_WAITALL); });
}
bool transmit(int to, std::vector<std::uint8_t>& chunk) {
  return whole(chunk,
               [&](auto* data, auto count, auto) { return send(to, data, count, MSG_NOSIGNAL); });
}

/// The other end: feeds or drains all connections until they are done.
[[noreturn]] void be_client(const std::array<Pair, kThreads>& pairs, bool feeds,
                            std::size_t chunks) {
  std::vector<std::thread> threads;
  for (const auto& pair : pairs) {
    close(pair.ours);
    threads.emplace_back([&, socket = pair.theirs] {
      std::vector<std::uint8_t> chunk(kChunkBytes, 'x');
      for (std::size_t i = 0; i < chunks; ++i) {
        if (!(feeds ? transmit(socket, chunk) : receive(socket, chunk))) return;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  std::_Exit(0);
}

void serve(int socket, int file, bool receives, std::size_t chunks) {
  std::vector<std::uint8_t> chunk(kChunkBytes);
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < chunks; ++i) {
    const auto start = static_cast<off_t>(i * kChunkBytes);
    if (receives && !receive(socket, chunk)) die("the other end is gone");
    if (!receives) {
      whole(chunk, [&](auto* data, auto count, auto done) {
        return pread(file, data, count, start + static_cast<off_t>(done));
      });
    }
    sum ^= crc32c(chunk);
    if (receives) {
      whole(chunk, [&](auto* data, auto count, auto done) {
        return pwrite(file, data, count, start + static_cast<off_t>(done));
      });
    }
    if (!receives && !transmit(socket, chunk)) die("the other end is gone");
  }
  if (sum == 1) std::fputs("", stderr);  // keeps the checksum from being optimised away
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

int run(int argc, char** argv) {
  CLI::App app("The machine's own price of moving records, for ./dev bench");
  std::string mode;
  std::string directory;
  std::size_t bytes = 0;
  app.add_option("mode", mode)->required()->check(CLI::IsMember({"produce", "consume"}));
  app.add_option("--directory", directory)->required()->check(CLI::ExistingDirectory);
  app.add_option("--bytes", bytes)->required()->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  const bool receives = mode == "produce";
  const std::size_t chunks = std::max<std::size_t>(1, bytes / kThreads / kChunkBytes);
  const auto pairs = connect_pairs();
  const int child = checked(fork(), "fork");
  if (child == 0) be_client(pairs, receives, chunks);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kThreads; ++i) {
    close(pairs[i].theirs);
    const std::string path = directory + "/floor-" + std::to_string(i);
    const int file = checked(open(path.c_str(), O_RDWR | O_CREAT, 0600), path.c_str());
    threads.emplace_back([socket = pairs[i].ours, file, receives, chunks] {
      serve(socket, file, receives, chunks);
    });
  }
  for (auto& thread : threads) thread.join();
  const double moved = static_cast<double>(kThreads * chunks * kChunkBytes);
  std::printf("{\"cpu_s_per_gb\": %.4f, \"bytes\": %.0f}\n", cpu_seconds() / (moved / 1e9), moved);
  for (const auto& pair : pairs) close(pair.ours);
  int status = 0;
  waitpid(child, &status, 0);
  return 0;
}

}  // namespace
}  // namespace millrace::bench

int main(int argc, char** argv) {
  return millrace::bench::run(argc, argv);
}
