#include "import_table.h"

#include <fondaco/base/json_write.h>

#include <chrono>

namespace fondaco::server {
namespace {

using catalog::ImportNote;

constexpr std::size_t kMostRows = 1000;  // Of one thing.
constexpr std::size_t kBatchBytes = 4 << 20;

std::string report_path(const TableRun& run, std::string_view kind) {
  if (run.report_prefix.empty()) return {};
  return run.report_prefix + "." + std::string(kind) + ".csv";
}

class TableImport {
 public:
  TableImport(storage::Store& store, catalog::ByteSource& source, const TableRun& run,
              TableTaker& taker, catalog::CsvReader& csv)
      : store_(store),
        source_(source),
        run_(run),
        taker_(taker),
        csv_(csv),
        errors_(report_path(run, "errors")),
        warnings_(report_path(run, "warnings")) {}

  TableResult run() {
    using Got = catalog::CsvReader::Got;
    for (auto got = csv_.next(); got != Got::end; got = csv_.next()) {
      ++result_.rows;
      if (got == Got::bad_row) {
        report(true, csv_.row(), "", csv_.problem(), csv_.raw());
      } else {
        take_row();
      }
    }
    if (const auto why = source_.damage(); !why.empty()) {
      report(true, csv_.row(), "", "the file ends early: " + std::string(why), "");
    }
    flush();
    result_.errors = errors_.lines();
    result_.warnings = warnings_.lines();
    result_.error_file = errors_.finish();
    result_.warning_file = warnings_.finish();
    result_.seconds = seconds();
    result_.dry_run = run_.dry_run;
    for (const auto& name : taker_.counted()) result_.more.emplace_back(name, more_[name]);
    return std::move(result_);
  }

 private:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
  }
  void report(bool error, std::int64_t row, std::string column, std::string message,
              std::string_view raw) {
    (error ? errors_ : warnings_)
        .add({error, row, std::move(column), std::move(message),
              run_.personal ? std::string() : std::string(raw)});
  }

  void take_row() {
    TableRow row;
    row.number = csv_.row();
    for (const auto cell : csv_.cells()) row.texts.emplace_back(cell);
    row.raw = csv_.raw();
    auto key = taker_.key(row);
    const bool same = !key.empty() && !batch_.empty() && key == key_;
    if (!same && (batch_.size() >= static_cast<std::size_t>(run_.batch) || bytes_ > kBatchBytes)) {
      flush();
    }
    key_ = std::move(key);
    bytes_ += row.raw.size() * 2 + 256;
    if (!same) {
      batch_.emplace_back().push_back(std::move(row));
    } else if (batch_.back().size() < kMostRows) {
      batch_.back().push_back(std::move(row));
    } else {
      report(true, row.number, "",
             "is row " + std::to_string(kMostRows + 1) + " of one thing, at most " +
                 std::to_string(kMostRows) + " are taken over",
             row.raw);
    }
  }

  void flush() {
    if (batch_.empty()) return;
    taker_.prepare(*store_.main().read(), batch_);
    std::vector<RowOutcome> outcomes;
    store_.main().write([&](storage::Tx& tx) {
      tx.act_as(run_.actor);
      outcomes.clear();
      for (const auto& rows : batch_) outcomes.push_back(taker_.take(tx, rows));
      if (run_.dry_run) tx.refuse();
    });
    taker_.committed();
    for (std::size_t i = 0; i < batch_.size(); ++i) settle(batch_[i], outcomes[i]);
    batch_.clear();
    bytes_ = 0;
    if (run_.progress) {
      run_.progress({result_.rows, source_.consumed(), source_.total(), seconds()});
    }
  }

  void settle(const std::vector<TableRow>& rows, const RowOutcome& outcome) {
    using Done = RowOutcome::Done;
    if (outcome.done == Done::created) ++result_.things.created;
    if (outcome.done == Done::updated) ++result_.things.updated;
    if (outcome.done == Done::unchanged) ++result_.things.unchanged;
    for (const auto& [name, number] : outcome.more) more_[name] += number;
    for (const auto& warning : outcome.warnings) {
      report(false, rows.front().number, "", warning, rows.front().raw);
    }
    if (outcome.done != Done::refused) return;
    for (const auto& row : rows) {
      report(true, row.number, outcome.column, outcome.message, row.raw);
    }
  }

  storage::Store& store_;
  catalog::ByteSource& source_;
  const TableRun& run_;
  TableTaker& taker_;
  catalog::CsvReader& csv_;
  catalog::ReportFile errors_;
  catalog::ReportFile warnings_;
  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  TableResult result_;
  std::vector<std::vector<TableRow>> batch_;
  std::size_t bytes_ = 0;
  std::string key_;
  std::map<std::string, std::int64_t> more_;
};

}  // namespace

std::string json_of_table(const TableResult& r, std::string_view things) {
  std::string out;
  JsonWriter w(out);
  w.begin_object().member("rows", r.rows).key(things).begin_object();
  w.member("created", r.things.created).member("updated", r.things.updated);
  w.member("unchanged", r.things.unchanged).end_object();
  for (const auto& [name, number] : r.more) w.member(name, number);
  w.member("warnings", r.warnings).member("errors", r.errors).key("error_file");
  r.error_file ? w.value(*r.error_file) : w.null();
  w.member("seconds", r.seconds).member("dry_run", r.dry_run).end_object();
  return out;
}

Result<TableResult, catalog::ImportRefusal> import_table(storage::Store& store,
                                                         catalog::ByteSource& source,
                                                         const TableRun& run, TableTaker& taker) {
  catalog::CsvReader csv(source);
  if (auto bad = catalog::read_header(csv)) return Refused{std::move(*bad)};
  auto header = catalog::TableHeader::of(csv.cells());
  if (!header) return Refused{header.refusal()};
  if (auto why = taker.lacks(*header); !why.empty()) {
    return Refused{catalog::ImportRefusal{"bad_header", std::move(why)}};
  }
  csv.expect_columns(header->names().size());
  return TableImport(store, source, run, taker, csv).run();
}

}  // namespace fondaco::server
