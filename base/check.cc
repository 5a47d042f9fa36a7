#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace millrace {

void check_failed(const char* condition, const char* file, int line, std::string_view state) {
  std::fprintf(stderr, "CHECK failed: %s at %s:%d%s%.*s\n", condition, file, line,
               state.empty() ? "" : " with ", static_cast<int>(state.size()), state.data());
  std::fflush(stderr);
  std::abort();
}

}  // namespace millrace
