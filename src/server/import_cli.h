// What the commands that import have in common. Depends on cli.h, wire.h, import_table.h.
#pragma once

#include "cli.h"
#include "wire.h"

#include <fondaco/catalog/import.h>

#include <memory>
#include <string>

namespace fondaco::server {

/// "[====    ]  48 %  120000 rows, 21000 rows/s"
std::string import_progress(const catalog::ImportProgress& progress);
/// "<data>/imports/20261122T101500Z-bikes": beside what it is about, not where the file lies.
std::string import_report_prefix(House& house, const std::string& about);
/// "-" is the caller's standard input.
bool is_import_file(const std::string& file, const Console& console);
std::unique_ptr<catalog::ByteSource> open_import(const std::string& file, const Console& console);

/// `import stock|customers|orders|redirects`.
void add_table_imports(Cli& cli, CLI::App& group);

}  // namespace fondaco::server
