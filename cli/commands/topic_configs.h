#pragma once

#include <map>
#include <string>
#include <vector>

#include "cli/client/client.h"

namespace millrace::cli {

/// Settings of one topic.
struct TopicConfigs {
  std::map<std::string, std::string> overrides;  // set on the topic itself
  int min_insync_replicas = 1;
};

/// The settings of topics that exist, by name. Topics whose settings may not be read are left out.
Answer<std::map<std::string, TopicConfigs>> topic_configs(Client& client,
                                                          const std::vector<std::string>& topics);

}  // namespace millrace::cli
