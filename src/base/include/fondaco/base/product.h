// The product's name and version: the one place that owns them. Depends on nothing.
#pragma once

#include <string_view>

namespace fondaco::product {

inline constexpr std::string_view kName = "fondaco";
inline constexpr std::string_view kVersion = "0.1.0";
/// Prefix of metric names and of event types.
inline constexpr std::string_view kMetricPrefix = "fondaco_";
inline constexpr std::string_view kEventPrefix = "com.fondaco.";

}  // namespace fondaco::product
