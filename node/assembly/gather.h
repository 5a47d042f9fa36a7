#pragma once

#include <absl/functional/any_invocable.h>

#include <memory>
#include <vector>

#include "node/loops/loop.h"

namespace millrace::node {

/// Asks every loop for a value and hands all of them on, on `home`. When a loop has stopped, `done`
/// is destroyed uncalled.
template <class Value>
void gather(Loop& home, const std::vector<Loop*>& loops,
            std::vector<absl::AnyInvocable<Value()>> questions,
            absl::AnyInvocable<void(std::vector<Value>) &&> done) {
  /// Only touched on `home`.
  struct Answers {
    std::vector<Value> values;
    std::size_t missing;
    absl::AnyInvocable<void(std::vector<Value>) &&> done;
  };
  auto answers = std::make_shared<Answers>();
  answers->values.resize(loops.size());
  answers->missing = loops.size();
  answers->done = std::move(done);
  for (std::size_t i = 0; i < loops.size(); ++i) {
    loops[i]->post([&home, i, answers, question = std::move(questions[i])]() mutable {
      auto value = question();
      home.post([i, answers = std::move(answers), value = std::move(value)]() mutable {
        answers->values[i] = std::move(value);
        if (--answers->missing == 0) std::move(answers->done)(std::move(answers->values));
      });
    });
  }
}

}  // namespace millrace::node
