// The books in an open form: one line of JSON a journal. Depends on ledger.h.
#pragma once

#include <fondaco/ledger.h>

#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace fondaco::ledger {

/// Writes every archived line and then every journal, oldest archive first, journals in storage
/// order: {"id","at","kind","ref","currency","postings":[{"account","owner","minor"}]}, minor
/// credit positive. Returns the lines. Memory holds one page.
std::int64_t export_journals(storage::Read& read,
                             const std::function<void(std::string_view line)>& write);

/// Keeps lines of another installation's books behind those that are there. They move nothing.
void archive_journals(storage::Tx& tx, std::span<const std::string> lines);
std::int64_t archived_journals(storage::Read& read);
/// Whether this installation has a journal of its own.
bool has_journals(storage::Read& read);

}  // namespace fondaco::ledger
