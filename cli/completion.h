#pragma once

#include <functional>
#include <string>
#include <vector>

namespace millrace::cli {

/// Asks the cluster for topic names; called only where a topic may stand.
using TopicNames = std::function<std::vector<std::string>()>;

/// What can stand for the last of `words`, which may be empty or half typed. `words` are those
/// after the program's name.
std::vector<std::string> completions(const std::vector<std::string>& words,
                                     const TopicNames& topic_names);

/// The script that makes a shell ask; "bash", "zsh" or "fish".
std::string completion_script(const std::string& shell);

}  // namespace millrace::cli
