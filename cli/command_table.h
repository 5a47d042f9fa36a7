#pragma once

#include <string>
#include <vector>

#include "cli/command.h"

namespace millrace::cli {

/// Every command, in the order of help.
const std::vector<Command>& all_commands();

/// The words that group them.
const std::vector<Noun>& all_nouns();

/// The options that every command takes.
const std::vector<Option>& global_options();

const Command* find_command(const std::string& path);

/// The verbs of a noun, or with "" the nouns and the commands of one word.
std::vector<std::string> words_after(const std::string& noun);

}  // namespace millrace::cli
