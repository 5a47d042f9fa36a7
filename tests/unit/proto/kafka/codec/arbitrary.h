#pragma once

#include <string>
#include <vector>

#include "base/random.h"
#include "base/uuid.h"
#include "proto/kafka/codec/unknown_tag.h"
#include "proto/kafka/messages/all.h"
#include "proto/kafka/messages/specimen.h"

namespace millrace::kafka {

/// Makes random values for properties: mostly short, edges often.
class Arbitrary {
 public:
  explicit Arbitrary(std::uint64_t seed) : random_(seed) {}

  bool boolean() { return random_.chance(1, 2); }
  /// Whether a nullable field shall be null.
  bool null() { return random_.chance(1, 4); }
  std::int8_t int8() { return integer<std::int8_t>(); }
  std::int16_t int16() { return integer<std::int16_t>(); }
  std::uint16_t uint16() { return integer<std::uint16_t>(); }
  std::int32_t int32() { return integer<std::int32_t>(); }
  std::uint32_t uint32() { return integer<std::uint32_t>(); }
  std::int64_t int64() { return integer<std::int64_t>(); }
  double float64() { return static_cast<double>(int32()) / 16; }
  Uuid uuid();
  std::string string();
  SharedBytes bytes();
  /// Cut into pieces at random.
  BytesChain records();
  /// With numbers far above those of known tags.
  UnknownTags unknown_tags();

  template <class T, class FillOne>
  void array(std::vector<T>& elements, FillOne fill_one) {
    elements.resize(random_.below(4));
    for (auto& element : elements) fill_one(element);
  }

 private:
  template <class T>
  T integer() {
    if (random_.chance(1, 8)) return std::numeric_limits<T>::max();
    if (random_.chance(1, 8)) return std::numeric_limits<T>::min();
    return static_cast<T>(random_.next() >> random_.below(64));
  }
  std::size_t size();

  Random random_;
};

/// Sets every field that the version carries to something random (generated).
#define MILLRACE_KAFKA_MESSAGE(name) \
  void fill(name& message, Arbitrary& arbitrary, std::int16_t version);
#include "proto/kafka/messages/messages.inc"
#undef MILLRACE_KAFKA_MESSAGE
void fill(Specimen& message, Arbitrary& arbitrary, std::int16_t version);

}  // namespace millrace::kafka
