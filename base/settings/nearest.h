#pragma once

#include <string_view>
#include <vector>

namespace millrace {

/// The candidate that a typing mistake most likely meant, or "" when none is close: at most a third
/// of the characters may differ. The first of equally near ones wins.
std::string_view nearest_name(std::string_view typed,
                              const std::vector<std::string_view>& candidates);

}  // namespace millrace
