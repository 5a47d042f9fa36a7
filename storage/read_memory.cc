#include "storage/read_memory.h"

namespace millrace::storage {
namespace {

class HeapMemory final : public ReadMemory {
 public:
  std::shared_ptr<std::uint8_t[]> block(std::size_t bytes) override {
    return std::make_shared_for_overwrite<std::uint8_t[]>(bytes);
  }
};

}  // namespace

ReadMemory& heap_memory() {
  static HeapMemory memory;  // has no state
  return memory;
}

}  // namespace millrace::storage
