// The sample marketplace of `serve --demo`. Depends on wire.h.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fondaco::server {

class House;

/// Fills a house with the merchants, products and users of demo/, through the same code as the
/// commands. Does nothing when they are there. Begins again where a killed run has stopped.
void seed_demo(House& house);
/// Who may sign in with which password; these users exist in a demo only.
std::string demo_sign_ins();

/// A file of demo/, embedded. Named as in the repository: "merchants.json", "veltrin.csv".
struct DemoFile {
  std::string_view name;
  std::string_view text;
};
std::vector<DemoFile> demo_files();

}  // namespace fondaco::server
