#include "base/settings/nearest.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace millrace {
namespace {

/// Single characters to insert, delete or replace.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const auto replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row.back();
}

}  // namespace

/// Longer than any name; keeps the work bounded when the typed one is not.
inline constexpr std::size_t kTypedMax = 128;

std::string_view nearest_name(std::string_view typed,
                              const std::vector<std::string_view>& candidates) {
  if (typed.size() > kTypedMax) return "";
  std::string_view best;
  std::size_t best_distance = typed.size() / 3 + 1;
  for (const auto candidate : candidates) {
    const auto d = distance(typed, candidate);
    if (d < best_distance) {
      best = candidate;
      best_distance = d;
    }
  }
  return best;
}

}  // namespace millrace
