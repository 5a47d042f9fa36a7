#include "node/quorum/quorum_meter.h"

namespace millrace::node {

void QuorumMeter::on_proposed(raft::Term term, Offset offset, MonotonicTime now) {
  proposals_.push_back({term, offset, now});
}

void QuorumMeter::observe(const Moment& moment, MonotonicTime now) {
  note_commits(moment, now);
  note_election(moment, now);
  if (!moment.leader || known_term_ == moment.term) return;
  known_term_ = moment.term;
  ++leaderships_;
}

void QuorumMeter::note_commits(const Moment& moment, MonotonicTime now) {
  // What becomes of the proposals of an earlier leadership is not known at their offsets.
  while (!proposals_.empty() && (!moment.leads || proposals_.front().term != moment.term)) {
    proposals_.pop_front();
  }
  while (!proposals_.empty() && proposals_.front().offset < moment.committed_end) {
    commits_.add(now - proposals_.front().at, now);
    proposals_.pop_front();
  }
}

void QuorumMeter::note_election(const Moment& moment, MonotonicTime now) {
  if (moment.campaigns && !campaigning_since_) campaigning_since_ = now;
  if (moment.campaigns || !moment.leader || !campaigning_since_) return;
  elections_.add(now - *campaigning_since_, now);
  campaigning_since_.reset();
}

}  // namespace millrace::node
