#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace millrace::cli {

/// Number of single-character changes (insert, delete, replace, swap of neighbours) from a to b.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The candidate that a typing mistake most likely meant, or "" when none is close: at most a third
/// of the characters may differ. The first of equally near ones wins.
std::string nearest(std::string_view typed, const std::vector<std::string>& candidates);

/// "did you mean X?", or "" when nothing is near.
std::string did_you_mean(std::string_view typed, const std::vector<std::string>& candidates);

}  // namespace millrace::cli
