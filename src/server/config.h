// The configuration file: TOML whose keys are the long names of the options. Depends on nothing.
#pragma once

#include <stdexcept>
#include <string>

namespace CLI {
class App;
}

namespace fondaco::server {

struct ConfigError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Sets the options of a command that neither flag nor environment has set. Keys at the top level
/// are for every command that knows them, a table [serve] only for that command. Throws
/// ConfigError on a file that cannot be read, a key that no command knows or a wrong value.
/// Does nothing when `given` is empty.
void fill_from_file(const std::string& given, const std::string& path, CLI::App& command);

}  // namespace fondaco::server
