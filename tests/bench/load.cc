// The load generator of ./dev bench: `bench_load MODE --address HOST:PORT ...`; prints one line of
// JSON.
//
//   produce        acks=all batches of 1 KiB records to every partition in turn
//   consume        reads all partitions from the start, again and again
//   idle           opens connections and holds them until standard input ends
//   pending-fetch  the same, each with a fetch that waits for data
//
// Batches are built once and sent again and again: what is measured is the node, not the client.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <limits>
#include <thread>

#include "proto/kafka/codec/reader.h"
#include "proto/kafka/codec/writer.h"
#include "proto/kafka/messages/api_versions.h"
#include "proto/kafka/messages/fetch.h"
#include "proto/kafka/messages/produce.h"
#include "tests/bench/batches.h"
#include "tests/bench/wire.h"

namespace millrace::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::int16_t kProduceVersion = 8;
constexpr std::int16_t kFetchVersion = 11;
constexpr std::int16_t kApiVersionsVersion = 0;
constexpr std::size_t kRecordBytes = 1024;
constexpr std::size_t kRequestBytesMax = 1 << 20;

struct Options {
  std::string address;
  std::string topic = "t";
  std::int32_t partitions = 1;
  std::size_t batch_bytes = 1 << 20;
  int seconds = 10;
  std::uint64_t bytes_max = std::numeric_limits<std::uint64_t>::max();
  int connections = 2;
  std::size_t in_flight = 8;  // batches without an answer, over all connections
  std::int16_t acks = -1;
};

struct Tally {
  std::uint64_t bytes = 0;
  std::uint64_t batches = 0;
  std::vector<double> latencies_ms;
};

double since_ms(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

/// Skips the response header (version 0: the correlation id).
template <class Response>
Response decode_response(ByteView frame, std::int16_t version) {
  if (frame.size() < 4) die("a response without a correlation id");
  kafka::Reader reader(SharedBytes(nullptr, frame.subspan(4)));
  auto response = Response::decode(reader, version);
  if (!response) die(to_string(response.error()));
  return std::move(*response);
}

/// One request with one batch for each of `count` partitions from `first` on, wrapping around.
std::vector<std::uint8_t> produce_frame(const Options& options, const SharedBytes& batch,
                                        std::int32_t first, std::size_t count) {
  kafka::ProduceRequest request;
  request.acks = options.acks;
  request.timeout_ms = 60'000;
  auto& topic = request.topic_data.emplace_back();
  topic.name = options.topic;
  for (std::size_t i = 0; i < count; ++i) {
    auto& partition = topic.partition_data.emplace_back();
    partition.index = PartitionIndex((first + static_cast<std::int32_t>(i)) % options.partitions);
    partition.records = BytesChain(batch);
  }
  kafka::Writer writer;
  if (const auto status = request.encode(writer, kProduceVersion); !status)
    die(to_string(status.error()));
  return frame_request(0, kProduceVersion, 1, writer.take());
}

void check_produced(ByteView frame) {
  const auto response = decode_response<kafka::ProduceResponse>(frame, kProduceVersion);
  for (const auto& topic : response.responses) {
    for (const auto& partition : topic.partition_responses) {
      if (partition.error_code != kafka::KafkaError::kNone) {
        die("produce was answered with error " + std::string(kafka::name_of(partition.error_code)));
      }
    }
  }
}

/// Keeps `depth` requests in flight on one connection until the time is over.
Tally produce_on_one_connection(const Options& options, int number, std::size_t per_request,
                                std::size_t depth) {
  const SharedBytes batch = make_batch(options.batch_bytes, kRecordBytes);
  std::vector<std::vector<std::uint8_t>> frames;
  const auto step = static_cast<std::int32_t>(per_request);
  for (std::int32_t first = 0; first < options.partitions; first += step) {
    frames.push_back(produce_frame(options, batch, first, per_request));
  }
  Connection connection(options.address);
  Tally tally;
  std::vector<Clock::time_point> sent;
  std::size_t next = static_cast<std::size_t>(number) * frames.size() /
                     static_cast<std::size_t>(options.connections);
  const auto end = Clock::now() + std::chrono::seconds(options.seconds);
  std::size_t answered = 0;
  for (;;) {
    const bool sending =
        Clock::now() < end &&
        tally.bytes < options.bytes_max / static_cast<std::uint64_t>(options.connections);
    if (sending && sent.size() - answered < depth) {
      sent.push_back(Clock::now());
      connection.send(frames[next++ % frames.size()]);
      continue;
    }
    if (answered == sent.size()) return tally;
    check_produced(connection.receive());
    tally.latencies_ms.push_back(since_ms(sent[answered++]));
    tally.batches += per_request;
    tally.bytes += per_request * batch.size();
  }
}

template <class Work>
Tally run_connections(const Options& options, Work work) {
  std::vector<Tally> tallies(static_cast<std::size_t>(options.connections));
  std::vector<std::thread> threads;
  for (int i = 0; i < options.connections; ++i) {
    threads.emplace_back([&, i] { tallies[static_cast<std::size_t>(i)] = work(i); });
  }
  for (auto& thread : threads) thread.join();
  Tally sum;
  for (const auto& tally : tallies) {
    sum.bytes += tally.bytes;
    sum.batches += tally.batches;
    sum.latencies_ms.insert(sum.latencies_ms.end(), tally.latencies_ms.begin(),
                            tally.latencies_ms.end());
  }
  return sum;
}

void report(Tally tally, double seconds) {
  std::sort(tally.latencies_ms.begin(), tally.latencies_ms.end());
  const auto quantile = [&](double q) {
    if (tally.latencies_ms.empty()) return 0.0;
    return tally.latencies_ms[static_cast<std::size_t>(
        q * static_cast<double>(tally.latencies_ms.size() - 1))];
  };
  std::printf(
      R"({"bytes": %llu, "batches": %llu, "requests": %zu, "seconds": %.3f, "p50_ms": %.3f, "p99_ms": %.3f, "p999_ms": %.3f})"
      "\n",
      static_cast<unsigned long long>(tally.bytes), static_cast<unsigned long long>(tally.batches),
      tally.latencies_ms.size(), seconds, quantile(0.5), quantile(0.99), quantile(0.999));
}

void produce(const Options& options) {
  const std::size_t fitting = std::max<std::size_t>(1, kRequestBytesMax / options.batch_bytes);
  const std::size_t per_request = std::min(fitting, static_cast<std::size_t>(options.partitions));
  const std::size_t depth = std::max<std::size_t>(
      1, options.in_flight / per_request / static_cast<std::size_t>(options.connections));
  const auto begin = Clock::now();
  auto tally = run_connections(
      options, [&](int i) { return produce_on_one_connection(options, i, per_request, depth); });
  report(std::move(tally), since_ms(begin) / 1000);
}

kafka::FetchRequest fetch_request(const Options& options, std::int32_t max_wait_ms) {
  kafka::FetchRequest request;
  request.max_wait_ms = max_wait_ms;
  request.min_bytes = 1;
  request.max_bytes = 50 << 20;
  request.session_id = 0;
  request.session_epoch = -1;  // no session
  auto& topic = request.topics.emplace_back();
  topic.topic = options.topic;
  for (std::int32_t i = 0; i < options.partitions; ++i) {
    auto& partition = topic.partitions.emplace_back();
    partition.partition = PartitionIndex(i);
    partition.fetch_offset = Offset(0);
    partition.partition_max_bytes = 1 << 20;
  }
  return request;
}

std::vector<std::uint8_t> fetch_frame(const kafka::FetchRequest& request) {
  kafka::Writer writer;
  if (const auto status = request.encode(writer, kFetchVersion); !status)
    die(to_string(status.error()));
  return frame_request(1, kFetchVersion, 1, writer.take());
}

using Partitions = std::vector<kafka::FetchRequest::FetchPartition>;

Partitions::value_type& asked_for(Partitions& partitions, PartitionIndex index) {
  const auto found = std::find_if(partitions.begin(), partitions.end(), [&](const auto& partition) {
    return partition.partition == index;
  });
  if (found == partitions.end()) die("the node answered a partition that was not asked for");
  return *found;
}

/// Moves each partition's offset past what the answer held, or back to the start at its end.
/// Returns the bytes of records.
std::uint64_t follow(const kafka::FetchResponse& response, Partitions& partitions) {
  std::uint64_t bytes = 0;
  for (const auto& topic : response.responses) {
    for (const auto& partition : topic.partitions) {
      if (partition.error_code != kafka::KafkaError::kNone) {
        die("fetch was answered with error " + std::string(kafka::name_of(partition.error_code)));
      }
      const bool empty = !partition.records || partition.records->empty();
      const ByteView records = empty ? ByteView() : partition.records->pieces()[0].view();
      bytes += records.size();
      asked_for(partitions, partition.partition_index).fetch_offset =
          end_of_batches(records).value_or(Offset(0));
    }
  }
  return bytes;
}

/// Each connection reads partitions of its own, as the members of a group would.
Tally consume_on_one_connection(const Options& options, int number) {
  kafka::FetchRequest request = fetch_request(options, 500);
  auto& partitions = request.topics[0].partitions;
  std::erase_if(partitions, [&](const auto& partition) {
    return partition.partition.value() % options.connections != number;
  });
  Tally tally;
  if (partitions.empty()) return tally;
  Connection connection(options.address);
  const auto end = Clock::now() + std::chrono::seconds(options.seconds);
  while (Clock::now() < end) {
    const auto begin = Clock::now();
    connection.send(fetch_frame(request));
    tally.bytes += follow(
        decode_response<kafka::FetchResponse>(connection.receive(), kFetchVersion), partitions);
    tally.latencies_ms.push_back(since_ms(begin));
  }
  return tally;
}

void consume(const Options& options) {
  const auto begin = Clock::now();
  auto tally =
      run_connections(options, [&](int i) { return consume_on_one_connection(options, i); });
  report(std::move(tally), since_ms(begin) / 1000);
}

/// Holds the connections until standard input ends. An answered ApiVersions on each proves that the
/// node has accepted it.
void hold(const Options& options, bool with_fetch) {
  std::vector<Connection> connections;
  kafka::Writer empty;
  const auto greeting = frame_request(18, kApiVersionsVersion, 1, empty.take());
  const auto waiting = fetch_frame(fetch_request(options, 600'000));
  for (int i = 0; i < options.connections; ++i) {
    auto& connection = connections.emplace_back(options.address);
    connection.send(greeting);
    (void)connection.receive();
    if (with_fetch) connection.send(waiting);
  }
  std::printf("{\"connections\": %zu}\n", connections.size());
  std::fflush(stdout);
  std::string line;
  std::getline(std::cin, line);
}

int run(int argc, char** argv) {
  CLI::App app("Load generator of ./dev bench");
  Options options;
  std::string mode;
  app.add_option("mode", mode)
      ->required()
      ->check(CLI::IsMember({"produce", "consume", "idle", "pending-fetch"}));
  app.add_option("--address", options.address)->required();
  app.add_option("--topic", options.topic);
  app.add_option("--partitions", options.partitions)->check(CLI::PositiveNumber);
  app.add_option("--batch-bytes", options.batch_bytes)
      ->check(CLI::Range(std::size_t{200}, std::size_t{64} << 20));
  app.add_option("--seconds", options.seconds)->check(CLI::PositiveNumber);
  app.add_option("--bytes", options.bytes_max, "produce no more than about this much");
  app.add_option("--connections", options.connections)->check(CLI::PositiveNumber);
  app.add_option("--in-flight", options.in_flight)->check(CLI::PositiveNumber);
  app.add_option("--acks", options.acks)->check(CLI::IsMember({-1, 1}));
  CLI11_PARSE(app, argc, argv);
  if (mode == "produce") produce(options);
  if (mode == "consume") consume(options);
  if (mode == "idle" || mode == "pending-fetch") hold(options, mode == "pending-fetch");
  return 0;
}

}  // namespace
}  // namespace millrace::bench

int main(int argc, char** argv) {
  return millrace::bench::run(argc, argv);
}
