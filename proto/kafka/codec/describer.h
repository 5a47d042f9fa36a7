#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/strong.h"
#include "base/uuid.h"
#include "proto/kafka/codec/limits.h"
#include "proto/kafka/codec/unknown_tag.h"
#include "proto/kafka/errors/kafka_error.h"

namespace millrace::kafka {

/// Renders a message as one line of text for logs and tests: `{topics=[{name="a"}], timeout_ms=5}`.
/// Never prints the content of records and byte fields, only their sizes, nor what the schema marks
/// as secret; stops at a limit. One thread at a time.
class Describer {
 public:
  /// Which fields are left out.
  enum class Omit {
    kStatedDefaults,  // optional ones: a default stated in the schema, or a tag
    kAllDefaults,     // everything with its default value
  };

  explicit Describer(Omit omit = Omit::kStatedDefaults, std::size_t bytes_max = kDescribeBytesMax)
      : omit_(omit), bytes_max_(bytes_max) {}

  /// The text so far; a cut text ends in "...".
  std::string take();

  /// Whether a field comes next. `optional` and `is_default` say what it is.
  [[nodiscard]] bool wants(bool optional, bool is_default) const {
    return !full() && !(is_default && (optional || omit_ == Omit::kAllDefaults));
  }

  void open() { text_ += '{'; }
  void close() { text_ += '}'; }

  template <class T>
  void field(const char* name, const T& value) {
    begin_field(name);
    put(value);
  }
  void secret(const char* name) {
    begin_field(name);
    text_ += "(secret)";
  }
  /// A struct, an array or an optional of them; `describe_one(element, describer)` renders a
  /// struct.
  template <class T, class DescribeOne>
  void nested(const char* name, const T& value, DescribeOne describe_one) {
    begin_field(name);
    put_nested(value, describe_one);
  }

 private:
  [[nodiscard]] bool full() const { return text_.size() > bytes_max_; }
  void begin_field(const char* name);

  void put(bool value) { text_ += value ? "true" : "false"; }
  void put(std::int64_t value) { text_ += std::to_string(value); }
  void put(std::int8_t value) { put(std::int64_t{value}); }
  void put(std::int16_t value) { put(std::int64_t{value}); }
  void put(std::uint16_t value) { put(std::int64_t{value}); }
  void put(std::int32_t value) { put(std::int64_t{value}); }
  void put(std::uint32_t value) { put(std::int64_t{value}); }
  void put(double value);
  void put(const std::string& value);
  void put(const Uuid& value) { text_ += value.to_string(); }
  void put(KafkaError value);
  void put(const SharedBytes& value) { put_size(value.size()); }
  void put(const BytesChain& value) { put_size(value.size()); }
  void put(const UnknownTags& value);
  void put_size(std::size_t bytes);
  template <class Tag, class Rep>
  void put(Strong<Tag, Rep> value) {
    put(value.value());
  }
  template <class Tag>
  void put(const StrongUuid<Tag>& value) {
    put(value.uuid());
  }
  template <class T>
  void put(const std::optional<T>& value) {
    if (value) {
      put(*value);
    } else {
      text_ += "null";
    }
  }
  template <class T>
  void put(const std::vector<T>& values) {
    put_list(values, [this](const T& value) { put(value); });
  }

  template <class T, class DescribeOne>
  void put_nested(const T& value, DescribeOne& describe_one) {
    describe_one(value, *this);
  }
  template <class T, class DescribeOne>
  void put_nested(const std::optional<T>& value, DescribeOne& describe_one) {
    if (value) {
      put_nested(*value, describe_one);
    } else {
      text_ += "null";
    }
  }
  template <class T, class DescribeOne>
  void put_nested(const std::vector<T>& values, DescribeOne& describe_one) {
    put_list(values, [&](const T& value) { describe_one(value, *this); });
  }
  template <class T, class PutOne>
  void put_list(const std::vector<T>& values, PutOne put_one) {
    text_ += '[';
    for (std::size_t i = 0; i < values.size() && !full(); ++i) {
      if (i > 0) text_ += ", ";
      put_one(values[i]);
    }
    text_ += ']';
  }

  Omit omit_;
  std::size_t bytes_max_;
  std::string text_;
};

}  // namespace millrace::kafka
