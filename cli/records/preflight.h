#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/context.h"

namespace millrace::cli {

/// Before librdkafka starts: the topic exists, it has the partitions (all when none are named), and
/// the leaders can be reached at the addresses that they advertise. librdkafka would try these for
/// ever without saying what is wrong. Skipped for SASL, which the own client does not speak.
Answer<void> check_topic_is_usable(Context& context, const std::string& topic,
                                   const std::vector<long long>& partitions);

}  // namespace millrace::cli
