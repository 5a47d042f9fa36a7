#include "tests/unit/proto/kafka/records/naive.h"

#include <stdexcept>

namespace millrace::kafka::naive {

namespace {

// 0, -1, 1, -2, 2 ... are numbered 0, 1, 2, 3, 4 ..., and the number is written seven bits at a
// time.
std::string number(std::int64_t value) {
  unsigned __int128 rest = value >= 0 ? static_cast<unsigned __int128>(value) * 2
                                      : static_cast<unsigned __int128>(-(value + 1)) * 2 + 1;
  std::string out;
  do {
    const auto digit = static_cast<int>(rest % 128);
    rest /= 128;
    out += static_cast<char>(rest > 0 ? digit + 128 : digit);
  } while (rest > 0);
  return out;
}

std::string text(const Text& content) {
  return content ? number(static_cast<std::int64_t>(content->size())) + *content : number(-1);
}

/// Reads from a string; throws when it cannot.
class Cursor {
 public:
  explicit Cursor(std::string bytes) : bytes_(std::move(bytes)) {}

  bool at_end() const { return at_ == bytes_.size(); }

  std::string take(std::int64_t count) {
    if (count < 0 || static_cast<std::size_t>(count) > bytes_.size() - at_)
      throw std::out_of_range("bytes");
    const std::string taken = bytes_.substr(at_, static_cast<std::size_t>(count));
    at_ += static_cast<std::size_t>(count);
    return taken;
  }

  std::int64_t number(int bits) {
    unsigned __int128 total = 0;
    for (int shift = 0;; shift += 7) {
      if (shift >= bits) throw std::out_of_range("number");
      const int digit = static_cast<unsigned char>(take(1)[0]);
      total += static_cast<unsigned __int128>(digit % 128) << shift;
      if (digit < 128) break;
    }
    if (total >> bits != 0) throw std::out_of_range("number");
    const auto half = static_cast<std::int64_t>(total / 2);
    return total % 2 == 0 ? half : -half - 1;
  }

  Text text() {
    const std::int64_t length = number(32);
    if (length == -1) return std::nullopt;
    return take(length);
  }

 private:
  std::string bytes_;
  std::size_t at_ = 0;
};

Record decode_record(Cursor bytes) {
  Record record;
  bytes.take(1);
  record.timestamp_delta = bytes.number(64);
  record.offset_delta = bytes.number(32);
  record.key = bytes.text();
  record.value = bytes.text();
  const std::int64_t headers = bytes.number(32);
  if (headers < 0) throw std::out_of_range("headers");
  for (std::int64_t i = 0; i < headers; ++i) {
    const Text key = bytes.text();
    if (!key) throw std::out_of_range("header key");
    record.headers.emplace_back(*key, bytes.text());
  }
  if (!bytes.at_end()) throw std::out_of_range("end");
  return record;
}

}  // namespace

std::string encode(const std::vector<Record>& records) {
  std::string body;
  for (const Record& record : records) {
    std::string one(1, '\0');
    one += number(record.timestamp_delta) + number(record.offset_delta);
    one += text(record.key) + text(record.value);
    one += number(static_cast<std::int64_t>(record.headers.size()));
    for (const auto& [key, value] : record.headers) one += text(key) + text(value);
    body += number(static_cast<std::int64_t>(one.size())) + one;
  }
  return body;
}

std::optional<std::vector<Record>> decode(const std::string& body, std::int32_t count,
                                          std::int32_t last_offset_delta) {
  try {
    Cursor bytes(body);
    std::vector<Record> records;
    std::int64_t last = -1;
    for (std::int32_t i = 0; i < count; ++i) {
      records.push_back(decode_record(Cursor(bytes.take(bytes.number(32)))));
      if (records.back().offset_delta <= last) return std::nullopt;
      last = records.back().offset_delta;
    }
    if (!bytes.at_end() || last > last_offset_delta) return std::nullopt;
    return records;
  } catch (const std::out_of_range&) {
    return std::nullopt;
  }
}

}  // namespace millrace::kafka::naive
