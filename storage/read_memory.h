#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace millrace::storage {

/// Where reads get the memory that they fill and that a response is sent from. A port: fresh pages
/// cost more than the copy into them, so a node keeps blocks and hands them out again.
class ReadMemory {
 public:
  virtual ~ReadMemory() = default;

  /// At least `bytes`, uninitialised; goes back when the last owner lets go, on any thread. Called
  /// on any thread.
  [[nodiscard]] virtual std::shared_ptr<std::uint8_t[]> block(std::size_t bytes) = 0;
};

/// Memory from the allocator, for whoever reads little.
class HeapMemory final : public ReadMemory {
 public:
  std::shared_ptr<std::uint8_t[]> block(std::size_t bytes) override {
    return std::make_shared_for_overwrite<std::uint8_t[]>(bytes);
  }
};

}  // namespace millrace::storage
