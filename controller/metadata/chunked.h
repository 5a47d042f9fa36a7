#pragma once

#include <cstddef>
#include <iterator>
#include <memory>
#include <vector>

#include "base/check.h"

namespace millrace::controller {

/// A vector whose copies share what did not change, in chunks of 64: a change of one partition of a
/// topic with thousands copies one chunk and the list of chunks. Reads like a vector; a copy is a
/// value of its own. Copies may be read from any thread while others are changed.
template <class T>
class Chunked {
 public:
  static constexpr std::size_t kChunk = 64;

  class Iterator {
   public:
    using iterator_category = std::random_access_iterator_tag;
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    using pointer = const T*;
    using reference = const T&;

    Iterator() = default;
    Iterator(const Chunked* of, std::size_t index) : of_(of), index_(index) {}

    reference operator*() const { return (*of_)[index_]; }
    pointer operator->() const { return &(*of_)[index_]; }
    Iterator& operator++() { return *this += 1; }
    Iterator operator++(int) {
      auto before = *this;
      ++index_;
      return before;
    }
    Iterator& operator--() { return *this += -1; }
    Iterator& operator+=(difference_type count) {
      index_ = static_cast<std::size_t>(static_cast<difference_type>(index_) + count);
      return *this;
    }
    friend Iterator operator+(Iterator it, difference_type count) { return it += count; }
    friend Iterator operator-(Iterator it, difference_type count) { return it += -count; }
    friend difference_type operator-(const Iterator& a, const Iterator& b) {
      return static_cast<difference_type>(a.index_) - static_cast<difference_type>(b.index_);
    }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.index_ == b.index_; }

   private:
    const Chunked* of_ = nullptr;
    std::size_t index_ = 0;
  };

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  /// Requires: index < size(). Lives until this value changes or goes.
  const T& operator[](std::size_t index) const {
    CHECK(index < size_);
    return (*chunks_[index / kChunk])[index % kChunk];
  }
  [[nodiscard]] const T& front() const { return (*this)[0]; }
  [[nodiscard]] const T& back() const { return (*this)[size_ - 1]; }
  [[nodiscard]] Iterator begin() const { return {this, 0}; }
  [[nodiscard]] Iterator end() const { return {this, size_}; }

  void push_back(T value) {
    if (size_ % kChunk == 0) chunks_.push_back(std::make_shared<std::vector<T>>());
    own(size_ / kChunk).push_back(std::move(value));
    ++size_;
  }
  /// Gives back the room that push_back() left. The chunk is the last one, and nobody else's.
  void trim() {
    if (!chunks_.empty() && chunks_.back().use_count() == 1) chunks_.back()->shrink_to_fit();
    chunks_.shrink_to_fit();
  }
  /// Requires: index < size().
  void set(std::size_t index, T value) {
    CHECK(index < size_);
    own(index / kChunk)[index % kChunk] = std::move(value);
  }

  /// Whether the value at `index` is one object in both: for tests of sharing.
  [[nodiscard]] bool shares(const Chunked& other, std::size_t index) const {
    return &(*this)[index] == &other[index];
  }

  friend bool operator==(const Chunked& a, const Chunked& b) {
    if (a.size_ != b.size_) return false;
    for (std::size_t i = 0; i < a.chunks_.size(); ++i) {
      if (a.chunks_[i] != b.chunks_[i] && *a.chunks_[i] != *b.chunks_[i]) return false;
    }
    return true;
  }

 private:
  /// The chunk, held by nobody else.
  std::vector<T>& own(std::size_t chunk) {
    auto& held = chunks_[chunk];
    if (held.use_count() > 1) held = std::make_shared<std::vector<T>>(*held);
    return *held;
  }

  std::vector<std::shared_ptr<std::vector<T>>> chunks_;
  std::size_t size_ = 0;
};

}  // namespace millrace::controller
