// Load from librdkafka for ./dev bench compare: `bench_rdkafka MODE --address HOST:PORT ...`. It
// knows nothing of the server behind the address; prints one line of JSON.
//
//   produce    one producer, as fast as it goes or at --rate
//   producers  --clients producers at once, each at its share of --rate
//   one-by-one the next record is sent when the last one is acknowledged
//   consume    reads all partitions from the start, again and again
//   latency    a producer at --rate and a consumer: from when a record was due to when it was read,
//              and under "acks" to when it was acknowledged
//   topics     creates --count topics, one after the other, each awaited
//
// Latencies count from the moment a record was due, not from when a late client got to it.

#include <librdkafka/rdkafka.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <deque>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace millrace::bench {
namespace {

using Clock = std::chrono::steady_clock;
using Config = std::vector<std::pair<std::string, std::string>>;

struct Options {
  std::string address;
  std::string topic = "t";
  std::int32_t partitions = 12;
  std::size_t record_bytes = 1024;
  double seconds = 10;
  std::uint64_t bytes_max = UINT64_MAX;
  double rate = 0;  // records a second; 0 is as fast as it goes
  int spread = 64;  // records to one partition, then the next; 1 is a random one for each record
  int clients = 1;
  int count = 100;
  std::vector<std::string> settings;  // key=value for librdkafka
};

[[noreturn]] void die(const std::string& why) {
  std::fprintf(stderr, "bench_rdkafka: %s\n", why.c_str());
  std::exit(1);
}

std::int64_t since_us(Clock::time_point begin) {
  return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin).count();
}

/// What one run saw. Latencies in microseconds; seconds_done[i] counts records done in second i.
struct Tally {
  Clock::time_point begin = Clock::now();
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  std::uint64_t failures = 0;
  std::vector<std::uint32_t> latencies;
  std::vector<std::uint64_t> seconds_done;

  void done(std::size_t size, std::int64_t latency_us) {
    ++records;
    bytes += size;
    latencies.push_back(static_cast<std::uint32_t>(std::max<std::int64_t>(0, latency_us)));
    note_second(1);
  }
  void note_second(std::uint64_t count) {
    const auto second = static_cast<std::size_t>(since_us(begin) / 1'000'000);
    if (seconds_done.size() <= second) seconds_done.resize(second + 1);
    seconds_done[second] += count;
  }
  void add(const Tally& other) {
    records += other.records;
    bytes += other.bytes;
    failures += other.failures;
    latencies.insert(latencies.end(), other.latencies.begin(), other.latencies.end());
    seconds_done.resize(std::max(seconds_done.size(), other.seconds_done.size()));
    for (std::size_t i = 0; i < other.seconds_done.size(); ++i) {
      seconds_done[i] += other.seconds_done[i];
    }
  }
};

double percentile_ms(const std::vector<std::uint32_t>& sorted, double part) {
  if (sorted.empty()) return 0;
  const auto at = static_cast<std::size_t>(part * static_cast<double>(sorted.size() - 1));
  return sorted[at] / 1000.0;
}

void print_percentiles(Tally& tally) {
  std::sort(tally.latencies.begin(), tally.latencies.end());
  std::printf("\"p50_ms\": %.3f, \"p99_ms\": %.3f, \"p999_ms\": %.3f, \"max_ms\": %.3f",
              percentile_ms(tally.latencies, 0.5), percentile_ms(tally.latencies, 0.99),
              percentile_ms(tally.latencies, 0.999), percentile_ms(tally.latencies, 1));
}

/// `acks` for the mode that knows both ends.
void report(Tally tally, Tally* acks = nullptr) {
  const double seconds = static_cast<double>(since_us(tally.begin)) / 1e6;
  std::printf("{\"records\": %llu, \"bytes\": %llu, \"failures\": %llu, \"seconds\": %.3f",
              static_cast<unsigned long long>(tally.records),
              static_cast<unsigned long long>(tally.bytes),
              static_cast<unsigned long long>(tally.failures), seconds);
  if (!tally.latencies.empty()) {
    std::printf(", ");
    print_percentiles(tally);
  }
  if (acks != nullptr) {
    std::printf(", \"acks\": {");
    print_percentiles(*acks);
    std::printf("}");
  }
  std::printf(", \"each_second\": [");
  for (std::size_t i = 0; i < tally.seconds_done.size(); ++i) {
    std::printf("%s%llu", i == 0 ? "" : ", ",
                static_cast<unsigned long long>(tally.seconds_done[i]));
  }
  std::printf("]}\n");
}

struct DestroyClient {
  void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
};
using Client = std::unique_ptr<rd_kafka_t, DestroyClient>;

void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque);

Client connect(const Options& options, rd_kafka_type_t type, const Config& own, Tally* tally) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  char error[512];
  const auto set = [&](const std::string& key, const std::string& value) {
    if (rd_kafka_conf_set(conf, key.c_str(), value.c_str(), error, sizeof error) !=
        RD_KAFKA_CONF_OK) {
      die(error);
    }
  };
  set("bootstrap.servers", options.address);
  for (const auto& [key, value] : own) set(key, value);
  for (const std::string& setting : options.settings) {
    const auto equals = setting.find('=');
    if (equals == std::string::npos) die("not key=value: " + setting);
    set(setting.substr(0, equals), setting.substr(equals + 1));
  }
  if (type == RD_KAFKA_PRODUCER) rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
  rd_kafka_conf_set_opaque(conf, tally);
  rd_kafka_t* client = rd_kafka_new(type, conf, error, sizeof error);
  if (client == nullptr) die(error);
  return Client(client);
}

/// When the record was due travels in its first 8 bytes, in microseconds of the steady clock, which
/// all processes of a machine share.
void stamp(std::vector<char>& record, Clock::time_point due) {
  const std::int64_t us =
      std::chrono::duration_cast<std::chrono::microseconds>(due.time_since_epoch()).count();
  std::memcpy(record.data(), &us, sizeof us);
}

std::int64_t age_us(const void* payload, std::size_t size) {
  std::int64_t us = 0;
  if (size < sizeof us) die("a record that this program did not write");
  std::memcpy(&us, payload, sizeof us);
  const auto now = Clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count() - us;
}

void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
  auto& tally = *static_cast<Tally*>(opaque);
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    ++tally.failures;
    return;
  }
  tally.done(message->len, age_us(message->payload, message->len));
}

/// Letters at random, as Kafka's ProducerPerformance sends: lz4 leaves them, zstd takes a third.
std::vector<char> letters(std::size_t size) {
  std::minstd_rand random(1);
  std::vector<char> record(std::max<std::size_t>(size, 8));
  for (char& letter : record) letter = static_cast<char>('A' + random() % 26);
  return record;
}

void produce_record(rd_kafka_t* producer, const Options& options, std::int32_t partition,
                    std::vector<char>& record, Clock::time_point due) {
  stamp(record, due);
  for (;;) {
    const rd_kafka_resp_err_t error =
        rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(options.topic.c_str()),
                          RD_KAFKA_V_PARTITION(partition), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                          RD_KAFKA_V_VALUE(record.data(), record.size()), RD_KAFKA_V_END);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return;
    if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL) die(rd_kafka_err2str(error));
    std::this_thread::sleep_for(std::chrono::milliseconds(1));  // the client's back-pressure
  }
}

/// Takes a producer's delivery reports as they come, on a thread of its own.
class Reports {
 public:
  explicit Reports(rd_kafka_t* producer)
      : producer_(producer), thread_([this] {
          while (!is_over_) rd_kafka_poll(producer_, 100);
        }) {}
  ~Reports() {
    is_over_ = true;
    thread_.join();
  }
  Reports(const Reports&) = delete;
  Reports& operator=(const Reports&) = delete;

  /// Waits for the report of every record that was sent.
  void wait_for_all() const {
    const auto patience = Clock::now() + std::chrono::seconds(60);
    while (rd_kafka_outq_len(producer_) > 0) {
      if (Clock::now() > patience) die("records without an acknowledgement after 60 s");
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

 private:
  rd_kafka_t* const producer_;
  std::atomic<bool> is_over_ = false;
  std::thread thread_;
};

/// Where a producer's next record goes: batches fill, and all partitions get some.
class Spread {
 public:
  Spread(const Options& options, int number)
      : options_(options), random_(static_cast<unsigned>(number) + 1), number_(number) {}

  std::int32_t next() {
    const auto partitions = static_cast<std::uint64_t>(options_.partitions);
    if (options_.spread == 1) return static_cast<std::int32_t>(random_() % partitions);
    const auto turn =
        sent_++ / static_cast<std::uint64_t>(options_.spread) + static_cast<std::uint64_t>(number_);
    return static_cast<std::int32_t>(turn % partitions);
  }

 private:
  const Options& options_;
  std::minstd_rand random_;
  const int number_;
  std::uint64_t sent_ = 0;
};

/// Sends until time or bytes are up; `number` spreads several producers over the partitions.
void produce_until_done(const Options& options, int number, Tally& tally) {
  const Client producer = connect(options, RD_KAFKA_PRODUCER, {}, &tally);
  std::vector<char> record = letters(options.record_bytes);
  Spread spread(options, number);
  const Reports reports(producer.get());
  // Connected and at home in every partition before the clock runs: what librdkafka does until
  // then, waits of up to a second among it, is no figure of the cluster.
  for (std::int32_t i = 0; i < options.partitions; ++i) {
    produce_record(producer.get(), options, i, record, Clock::now());
  }
  reports.wait_for_all();
  tally = {};
  const auto end = tally.begin + std::chrono::duration<double>(options.seconds);
  for (std::uint64_t sent = 0; sent * options.record_bytes < options.bytes_max; ++sent) {
    auto due = Clock::now();
    if (options.rate > 0) {
      due = tally.begin + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(
                              static_cast<double>(sent) / options.rate));
      std::this_thread::sleep_until(due);
    }
    if (due >= end) break;
    produce_record(producer.get(), options, spread.next(), record, due);
  }
  reports.wait_for_all();
}

void produce(const Options& options) {
  Tally tally;
  produce_until_done(options, 0, tally);
  report(std::move(tally));
}

void producers(const Options& options) {
  Options each = options;
  each.rate = options.rate / options.clients;
  std::deque<Tally> tallies(static_cast<std::size_t>(options.clients));
  std::vector<std::thread> threads;
  for (int i = 0; i < options.clients; ++i) {
    threads.emplace_back(
        [&, i] { produce_until_done(each, i, tallies[static_cast<std::size_t>(i)]); });
  }
  for (std::thread& thread : threads) thread.join();
  Tally sum;
  for (const Tally& tally : tallies) {
    sum.begin = std::min(sum.begin, tally.begin);
    sum.add(tally);
  }
  report(std::move(sum));
}

void one_by_one(const Options& options) {
  Tally tally;
  const Client producer = connect(options, RD_KAFKA_PRODUCER, {{"linger.ms", "0"}}, &tally);
  std::vector<char> record = letters(options.record_bytes);
  tally.begin = Clock::now();
  while (since_us(tally.begin) < static_cast<std::int64_t>(options.seconds * 1e6)) {
    const std::uint64_t before = tally.records + tally.failures;
    produce_record(
        producer.get(), options,
        static_cast<std::int32_t>(before % static_cast<std::uint64_t>(options.partitions)), record,
        Clock::now());
    while (tally.records + tally.failures == before) rd_kafka_poll(producer.get(), 100);
  }
  report(std::move(tally));
}

/// A consumer of all partitions from `offset` on, without a group.
Client assign_all(const Options& options, std::int64_t offset, Tally* tally) {
  Client consumer = connect(options, RD_KAFKA_CONSUMER,
                            {{"group.id", "bench"},
                             {"enable.auto.commit", "false"},
                             {"enable.partition.eof", "true"},
                             {"queued.min.messages", "100000"}},
                            tally);
  rd_kafka_poll_set_consumer(consumer.get());
  rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(options.partitions);
  for (std::int32_t i = 0; i < options.partitions; ++i) {
    rd_kafka_topic_partition_list_add(list, options.topic.c_str(), i)->offset = offset;
  }
  const rd_kafka_resp_err_t error = rd_kafka_assign(consumer.get(), list);
  rd_kafka_topic_partition_list_destroy(list);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) die(rd_kafka_err2str(error));
  return consumer;
}

/// librdkafka looks for a group's coordinator even when nothing is subscribed; a cluster without
/// groups says so once, and the assigned partitions are read all the same.
bool is_about_group(const rd_kafka_message_t& message) {
  return message.rkt == nullptr && message.err == RD_KAFKA_RESP_ERR_INVALID_REQUEST;
}

void back_to_start(rd_kafka_t* consumer, const Options& options, std::int32_t partition) {
  rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(list, options.topic.c_str(), partition)->offset =
      RD_KAFKA_OFFSET_BEGINNING;
  rd_kafka_error_t* const error = rd_kafka_seek_partitions(consumer, list, 10'000);
  rd_kafka_topic_partition_list_destroy(list);
  if (error == nullptr) return;
  const std::string why = rd_kafka_error_string(error);
  rd_kafka_error_destroy(error);
  die("cannot go back to the start: " + why);
}

void consume(const Options& options) {
  Tally tally;
  const Client consumer = assign_all(options, RD_KAFKA_OFFSET_BEGINNING, &tally);
  rd_kafka_queue_t* const queue = rd_kafka_queue_get_consumer(consumer.get());
  std::vector<rd_kafka_message_t*> messages(10'000);
  tally.begin = Clock::now();
  while (since_us(tally.begin) < static_cast<std::int64_t>(options.seconds * 1e6) &&
         tally.bytes < options.bytes_max) {
    const auto count = rd_kafka_consume_batch_queue(queue, 100, messages.data(), messages.size());
    std::vector<std::int32_t> ended;
    std::uint64_t records = 0;
    for (ssize_t i = 0; i < count; ++i) {
      rd_kafka_message_t* const message = messages[static_cast<std::size_t>(i)];
      if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        ended.push_back(message->partition);
      } else if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        ++records;
        tally.bytes += message->len;
      } else if (!is_about_group(*message)) {
        die(rd_kafka_message_errstr(message));
      }
      rd_kafka_message_destroy(message);
    }
    tally.records += records;
    tally.note_second(records);
    for (const std::int32_t partition : ended) back_to_start(consumer.get(), options, partition);
  }
  rd_kafka_queue_destroy(queue);
  report(std::move(tally));
}

void latency(const Options& options) {
  Tally received;
  const Client consumer = assign_all(options, RD_KAFKA_OFFSET_END, &received);
  std::vector<bool> at_end(static_cast<std::size_t>(options.partitions));
  const auto patience = Clock::now() + std::chrono::seconds(30);
  const auto poll = [&] {
    rd_kafka_message_t* const message = rd_kafka_consumer_poll(consumer.get(), 10);
    if (message == nullptr) return;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      received.done(message->len, age_us(message->payload, message->len));
    } else if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      at_end[static_cast<std::size_t>(message->partition)] = true;
    } else if (!is_about_group(*message)) {
      die(rd_kafka_message_errstr(message));
    }
    rd_kafka_message_destroy(message);
  };
  while (std::find(at_end.begin(), at_end.end(), false) != at_end.end()) {
    if (Clock::now() > patience) die("the consumer did not reach the end within 30 s");
    poll();
  }
  received.begin = Clock::now();
  Tally sent;
  std::atomic<bool> is_sending = true;
  std::thread sender([&] {
    produce_until_done(options, 0, sent);
    is_sending = false;
  });
  while (is_sending || received.records < sent.records) {
    if (Clock::now() > patience + std::chrono::duration<double>(options.seconds + 60)) {
      die("records that were acknowledged did not come");
    }
    poll();
  }
  sender.join();
  received.failures = sent.failures;
  report(std::move(received), &sent);
}

/// Creates one topic and waits for its answer.
void create_topic(rd_kafka_t* client, rd_kafka_queue_t* queue, const std::string& name) {
  char error[512];
  rd_kafka_NewTopic_t* topic = rd_kafka_NewTopic_new(name.c_str(), 1, -1, error, sizeof error);
  if (topic == nullptr) die(error);
  rd_kafka_CreateTopics(client, &topic, 1, nullptr, queue);
  rd_kafka_NewTopic_destroy(topic);
  rd_kafka_event_t* const event = rd_kafka_queue_poll(queue, 60'000);
  if (event == nullptr) die("no answer to CreateTopics within 60 s");
  if (rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    die(rd_kafka_event_error_string(event));
  }
  std::size_t count = 0;
  const auto* const results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
  for (std::size_t i = 0; i < count; ++i) {
    if (rd_kafka_topic_result_error(results[i]) != RD_KAFKA_RESP_ERR_NO_ERROR) {
      die(rd_kafka_topic_result_error_string(results[i]));
    }
  }
  rd_kafka_event_destroy(event);
}

void topics(const Options& options) {
  Tally tally;
  const Client client = connect(options, RD_KAFKA_PRODUCER, {}, &tally);
  rd_kafka_queue_t* const queue = rd_kafka_queue_new(client.get());
  create_topic(client.get(), queue, options.topic + "-first");  // connects; not counted
  tally.begin = Clock::now();
  for (int i = 0; i < options.count; ++i) {
    const auto begin = Clock::now();
    create_topic(client.get(), queue, options.topic + "-" + std::to_string(i));
    tally.done(0, since_us(begin));
  }
  rd_kafka_queue_destroy(queue);
  report(std::move(tally));
}

int run(int argc, char** argv) {
  CLI::App app("Load from librdkafka, for ./dev bench compare");
  Options options;
  const std::vector<std::pair<std::string, void (*)(const Options&)>> modes = {
      {"produce", produce}, {"producers", producers}, {"one-by-one", one_by_one},
      {"consume", consume}, {"latency", latency},     {"topics", topics}};
  for (const auto& [name, action] : modes) app.add_subcommand(name)->fallthrough();
  app.require_subcommand(1);
  app.add_option("--address", options.address)->required();
  app.add_option("--topic", options.topic);
  app.add_option("--partitions", options.partitions)->check(CLI::PositiveNumber);
  app.add_option("--record-bytes", options.record_bytes)
      ->check(CLI::Range(std::size_t{8}, std::size_t{64} << 20));
  app.add_option("--seconds", options.seconds)->check(CLI::PositiveNumber);
  app.add_option("--bytes", options.bytes_max, "stop after about this many");
  app.add_option("--rate", options.rate, "records a second")->check(CLI::NonNegativeNumber);
  app.add_option("--spread", options.spread,
                 "records to one partition, then the next; 1: at random")
      ->check(CLI::PositiveNumber);
  app.add_option("--clients", options.clients)->check(CLI::PositiveNumber);
  app.add_option("--count", options.count)->check(CLI::PositiveNumber);
  app.add_option("--set", options.settings, "key=value for librdkafka");
  CLI11_PARSE(app, argc, argv);
  for (const auto& [name, action] : modes) {
    if (app.got_subcommand(name)) action(options);
  }
  return 0;
}

}  // namespace
}  // namespace millrace::bench

int main(int argc, char** argv) {
  return millrace::bench::run(argc, argv);
}
