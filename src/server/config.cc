#include "config.h"

#include <CLI/CLI.hpp>

#include <toml++/toml.h>

#include <optional>

namespace fondaco::server {
namespace {

std::optional<std::string> text_of(const toml::node& node) {
  if (const auto* s = node.as_string()) return s->get();
  if (const auto* n = node.as_integer()) return std::to_string(n->get());
  if (const auto* b = node.as_boolean()) return b->get() ? "true" : "false";
  return std::nullopt;
}

std::string option_name(std::string_view key) {
  std::string out = "--" + std::string(key);
  for (auto& c : out) {
    if (c == '_') c = '-';
  }
  return out;
}

bool any_command_knows(CLI::App& root, const std::string& name) {
  for (CLI::App* app : root.get_subcommands([](CLI::App*) { return true; })) {
    if (app->get_option_no_throw(name) || any_command_knows(*app, name)) return true;
  }
  return false;
}

CLI::App& root_of(CLI::App& app) {
  CLI::App* at = &app;
  while (at->get_parent() != nullptr) at = at->get_parent();
  return *at;
}

void fill(const toml::table& table, bool only_this_command, CLI::App& command) {
  for (const auto& [key, node] : table) {
    if (node.is_table()) continue;
    const std::string name = option_name(key.str());
    const auto value = text_of(node);
    if (!value) throw ConfigError(name + " in the configuration file is no single value");
    CLI::Option* option = command.get_option_no_throw(name);
    if (option == nullptr) {
      if (!only_this_command && any_command_knows(root_of(command), name)) continue;
      throw ConfigError("the configuration file names " + std::string(key.str()) +
                        ", which no option is called");
    }
    if (option->count() > 0) continue;
    try {
      option->add_result(*value);
      option->run_callback();
    } catch (const CLI::ParseError& e) {
      throw ConfigError(std::string("the configuration file: ") + e.what());
    }
  }
}

}  // namespace

void fill_from_file(const std::string& given, const std::string& path, CLI::App& command) {
  if (given.empty()) return;
  toml::table table;
  try {
    table = toml::parse_file(path);
  } catch (const toml::parse_error& e) {
    throw ConfigError(path + ": " + std::string(e.description()));
  }
  if (const auto* own = table[command.get_name()].as_table()) fill(*own, true, command);
  fill(table, false, command);
}

}  // namespace fondaco::server
