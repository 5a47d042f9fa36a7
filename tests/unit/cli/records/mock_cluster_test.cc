// produce and consume against the mock cluster that librdkafka brings: real sockets, real batches.
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <array>
#include <memory>

#include "cli/output/json.h"
#include "cli/records/producer.h"
#include "tests/support/catch.h"
#include "tests/unit/cli/support/run_cli.h"

namespace millrace::cli::test {
namespace {

class MockCluster {
 public:
  MockCluster() {
    std::array<char, 256> why{};
    auto* const configuration = rd_kafka_conf_new();
    rd_kafka_conf_set(configuration, "log_level", "0", nullptr, 0);
    owner_ = rd_kafka_new(RD_KAFKA_PRODUCER, configuration, why.data(), why.size());
    REQUIRE(owner_ != nullptr);
    cluster_ = rd_kafka_mock_cluster_new(owner_, 1);
    REQUIRE(cluster_ != nullptr);
    REQUIRE(rd_kafka_mock_topic_create(cluster_, "orders", 2, 1) == RD_KAFKA_RESP_ERR_NO_ERROR);
  }
  ~MockCluster() {
    rd_kafka_mock_cluster_destroy(cluster_);
    rd_kafka_destroy(owner_);
  }
  MockCluster(const MockCluster&) = delete;
  MockCluster& operator=(const MockCluster&) = delete;

  CliResult run(const std::string& line, const std::string& input = "") {
    auto words = split_line(line);
    words.insert(words.begin(), {"-b", rd_kafka_mock_cluster_bootstraps(cluster_)});
    return run_cli(words, {.input = input});
  }
  rd_kafka_mock_cluster_t* raw() { return cluster_; }

 private:
  rd_kafka_t* owner_ = nullptr;
  rd_kafka_mock_cluster_t* cluster_ = nullptr;
};

}  // namespace

TEST_CASE("records go in and come out with keys, headers and null values") {
  MockCluster cluster;
  const auto produced = cluster.run(
      "produce orders -p 1 --key-delimiter : -H a=1 -H a=2 -Z -o json", "k1:one\nno key\nk2:\n");
  CAPTURE(produced.out, produced.err);
  REQUIRE(produced.exit_code == 0);
  REQUIRE(produced.err == "produced 3 records to orders\n");
  const auto item = Json::parse(produced.out)["items"][0];
  REQUIRE(item["partition"] == 1);
  REQUIRE(item["records"] == 3);
  REQUIRE(item["first_offset"] == 0);
  REQUIRE(item["last_offset"] == 2);
  const auto read = cluster.run("consume orders -e -f '%p/%o [%k] %s %S %h\\n'");
  CAPTURE(read.err);
  REQUIRE(read.exit_code == 0);
  REQUIRE(read.out == "1/0 [k1] one 3 a=1,a=2\n1/1 [] no key 6 a=1,a=2\n1/2 [k2]  -1 a=1,a=2\n");
}

TEST_CASE("what consume prints as json can be produced again") {
  MockCluster cluster;
  const std::string line =
      R"({"key":"a/8=","key_encoding":"base64","value":"v","timestamp":1700000000000,)"
      R"("headers":[{"key":"h","value":null},{"key":"h","value":"x"}]})";
  REQUIRE(cluster.run("produce orders -p 0 --format json", line + "\n").exit_code == 0);
  const auto first = cluster.run("consume orders -p 0 -e -o json");
  const auto record = Json::parse(first.out);
  REQUIRE(record["timestamp"] == 1'700'000'000'000);
  REQUIRE(record["key"] == "a/8=");
  REQUIRE(record["headers"][0]["value"].is_null());
  REQUIRE(cluster.run("produce orders -p 1 --format json", first.out).exit_code == 0);
  auto second = Json::parse(cluster.run("consume orders -p 1 -e -o json").out);
  second["partition"] = 0;
  REQUIRE(second == record);
}

TEST_CASE("every codec is written and read") {
  for (const std::string codec : {"none", "gzip", "snappy", "lz4", "zstd"}) {
    MockCluster cluster;
    CAPTURE(codec);
    const auto produced = cluster.run("produce orders -p 0 -z " + codec, "a\nb\n");
    CAPTURE(produced.err);
    REQUIRE(produced.exit_code == 0);
    REQUIRE(cluster.run("consume orders -p 0 -e").out == "a\nb\n");
  }
}

TEST_CASE("reading begins where --offset says and ends after --num") {
  MockCluster cluster;
  REQUIRE(cluster.run("produce orders -p 0", "0\n1\n2\n3\n4\n").exit_code == 0);
  REQUIRE(cluster.run("consume orders -p 0 -e --offset 3").out == "3\n4\n");
  REQUIRE(cluster.run("consume orders -p 0 -e --offset -2").out == "3\n4\n");
  REQUIRE(cluster.run("consume orders -p 0 -e --offset -99").out == "0\n1\n2\n3\n4\n");
  REQUIRE(cluster.run("consume orders -p 0 -e --offset end").out.empty());
  REQUIRE(cluster.run("consume orders -p 0 --num 2").out == "0\n1\n");
  REQUIRE(cluster.run("consume orders -p 0 --num 2 -o tsv --key-delimiter =").exit_code == 0);
  REQUIRE(cluster.run("consume orders -p 0 -n 1 --key-delimiter ' %= '").out == " %= 0\n");
}

TEST_CASE("an offset that is not there names those that are") {
  MockCluster cluster;
  REQUIRE(cluster.run("produce orders -p 0", "0\n1\n").exit_code == 0);
  const auto result = cluster.run("consume orders -p 0 --offset 7 -o json");
  REQUIRE(result.exit_code == 1);
  const auto document = Json::parse(result.out);
  REQUIRE(document["errors"][0]["code"] == "OFFSET_OUT_OF_RANGE");
  REQUIRE(document["errors"][0]["message"] == "orders/0 has no offset 7: it holds 0 to 2");
}

TEST_CASE("produce ends with 1 when any record failed, and says why") {
  MockCluster cluster;
  rd_kafka_mock_push_request_errors(cluster.raw(), 0, 1,
                                    RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  const auto refused = cluster.run("produce orders -p 0", "a\n");
  CAPTURE(refused.err);
  REQUIRE(refused.exit_code == 1);
  REQUIRE(refused.err.find("produced 0 records to orders, 1 failed") != std::string::npos);
  const auto half =
      cluster.run("produce orders -p 0 --format json", "{\"value\":\"x\"}\nnonsense\n");
  REQUIRE(half.exit_code == 1);
  REQUIRE(half.err.find("produced 1 record to orders, 1 failed") != std::string::npos);
  REQUIRE(half.err.find("input line 2: not a JSON object") != std::string::npos);
}

TEST_CASE("a record that is too large fails alone") {
  MockCluster cluster;
  const auto result = cluster.run("produce orders -p 0 --num 2 -X message.max.bytes=2000",
                                  std::string(3000, 'x') + "\nsmall\nnot sent\n");
  CAPTURE(result.err);
  REQUIRE(result.exit_code == 1);
  REQUIRE(result.err.find("produced 1 record to orders, 1 failed") != std::string::npos);
  REQUIRE(cluster.run("consume orders -p 0 -e").out == "small\n");
}

TEST_CASE("only so many errors are listed, but all are counted") {
  MockCluster cluster;
  std::string lines;
  for (int i = 0; i < 12; ++i) lines += "nonsense\n";
  const auto result = cluster.run("produce orders --format json -o json", lines);
  REQUIRE(result.exit_code == 1);
  REQUIRE(Json::parse(result.out)["errors"].size() == Producer::kErrorsMax);
  REQUIRE(result.err.find("12 failed") != std::string::npos);
}

TEST_CASE("the whole of standard input can be one record") {
  MockCluster cluster;
  REQUIRE(cluster.run("produce orders -p 0 --format raw -k key", "a\nb").exit_code == 0);
  REQUIRE(cluster.run("consume orders -p 0 -e -f '%k=%s;'").out == "key=a\nb;");
}

}  // namespace millrace::cli::test
