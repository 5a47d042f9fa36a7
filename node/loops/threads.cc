#include "node/loops/threads.h"

#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>

namespace millrace::node {

namespace {
constexpr int kRaisedNice = -5;
constexpr std::size_t kThreadNameBytesMax = 15;  // Linux: TASK_COMM_LEN without the final zero
}  // namespace

void name_this_thread(const std::string& name) {
  pthread_setname_np(pthread_self(), name.substr(0, kThreadNameBytesMax).c_str());
}

void block_signals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

bool raise_priority_of_this_thread() {
  // On Linux the nice value belongs to a thread, named by its kernel id.
  return setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), kRaisedNice) == 0;
}

}  // namespace millrace::node
