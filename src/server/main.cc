#include "cli.h"

#include <csignal>
#include <exception>
#include <filesystem>

int main(int argc, char** argv) {
  using namespace fondaco::server;
  std::signal(SIGPIPE, SIG_IGN);  // A reader that leaves is seen by write().
  try {
    Console console({0, 1, 2}, std::filesystem::current_path().string());
    return run({argv + 1, argv + argc}, console);
  } catch (const std::exception& e) {
    Console({0, 1, 2}, "/").note(std::string("fondaco: ") + e.what());
    return kBroken;
  }
}
