// GS1 check digits. Depends on nothing. Method: GS1 General Specifications, section 7.9.
#pragma once

#include <string>
#include <string_view>

namespace fondaco {

/// True for 8, 12, 13 or 14 digits whose last one is the right check digit.
bool is_gtin(std::string_view text);
/// The digits with the check digit appended; 7, 11, 12 or 13 digits expected.
std::string with_check_digit(std::string_view digits);
/// A valid GTIN as 14 digits with leading zeros, so that 12 and 13 digit forms compare equal.
std::string gtin14(std::string_view gtin);

}  // namespace fondaco
