// Files that are on the disk when the call returns. Private to storage.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace fondaco::storage {

/// Writes beside, syncs, renames, syncs the directory. Mode 0600. Throws Fault.
void write_durably(const std::string& path, std::string_view bytes);
/// Throws Fault when the directory cannot be synced.
void sync_directory(const std::string& path);
void sync_file(const std::string& path);

}  // namespace fondaco::storage
