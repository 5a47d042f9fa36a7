#pragma once

#include "cli/command.h"

/// One function a file: each returns the table's row of its command.
namespace millrace::cli {

Command topic_create_command();
Command topic_list_command();
Command topic_describe_command();
Command topic_alter_command();
Command topic_delete_command();
Command produce_command();
Command consume_command();
Command cluster_info_command();
Command cluster_health_command();
Command node_list_command();
Command node_describe_command();
Command quorum_describe_command();
Command quorum_add_voter_command();
Command quorum_remove_voter_command();
Command quorum_transfer_command();
Command completion_command();
Command help_command();
/// Called by the completion scripts.
Command complete_command();
Command storage_random_uuid_command();
Command storage_format_command();
Command storage_info_command();
Command storage_recover_quorum_command();
Command metadata_dump_command();
Command tls_init_ca_command();
Command tls_issue_command();

}  // namespace millrace::cli
