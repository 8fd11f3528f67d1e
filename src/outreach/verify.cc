#include <fondaco/outreach.h>

namespace fondaco::outreach {
namespace {

constexpr storage::Sql kCount{"outreach.count_mails", R"sql(
  SELECT COUNT(*) FROM outreach_mail)sql"};

constexpr storage::Sql kOdd{"outreach.verify_mails", R"sql(
  SELECT id, state, open FROM outreach_mail
   WHERE (open = 1) <> (state = 1) OR (open = 1) <> (ended_at = 0) OR
         (state IN (2, 3) AND key_id = 0) LIMIT 100)sql"};

}  // namespace

void verify(storage::Read& read, storage::Findings& findings) {
  findings.checked["mails"] += read.scalar(kCount, {}).value_or(0);
  read.each(kOdd, {}, [&](const storage::Row& row) {
    findings.differences.push_back(
        {"state of a mail", to_text(row.id<MailId>(0)), row.integer(2), row.integer(1)});
  });
}

}  // namespace fondaco::outreach
