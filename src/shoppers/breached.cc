#include "password.h"

#include <algorithm>
#include <array>

namespace fondaco::shoppers {
namespace {

// What everybody tries first, lower case, at least 8 characters (shorter ones are refused
// anyway). Sorted, for the look-up.
constexpr auto kBreached = std::to_array<std::string_view>({
    "00000000",    "0000000000",    "0123456789",   "11111111",     "111111111",   "1111111111",
    "11223344",    "1122334455",    "112233445566", "12312312",     "123123123",   "123321123",
    "12341234",    "123454321",     "12345678",     "123456789",    "1234567890",  "12345678910",
    "123456789a",  "12345678a",     "1234567a",     "123456aa",     "123456abc",   "1234qwer",
    "123698745",   "123qwe123",     "123qweasd",    "123qweasdzxc", "1314520520",  "14725836",
    "147258369",   "159357456",     "19871987",     "19901990",     "1a2b3c4d",    "1q2w3e4r",
    "1q2w3e4r5t",  "1q2w3e4r5t6y",  "1qaz2wsx",     "1qaz2wsx3edc", "1qazxsw2",    "20002000",
    "20202020",    "22222222",      "25802580",     "2wsx3edc",     "33333333",    "44444444",
    "5201314520",  "55555555",      "66666666",     "741852963",    "77777777",    "789456123",
    "87654321",    "88888888",      "963852741",    "987654321",    "9876543210",  "99999999",
    "a1234567",    "a12345678",     "a123456789",   "a1b2c3d4",     "a1b2c3d4e5",  "aa123456",
    "aa12345678",  "abc12345",      "abc123456",    "abcd1234",     "abcd12345",   "abcdefg1",
    "abcdefgh",    "abcdefghi",     "access14",     "admin123",     "admin1234",   "admin12345",
    "adminadmin",  "administrator", "alexander",    "amazon123",    "anthony1",    "arsenal1",
    "asd12345",    "asdf1234",      "asdfasdf",     "asdfghjk",     "asdfghjkl",   "asdfjkl;",
    "ashley123",   "autumn2025",    "autumn2026",   "barcelona",    "baseball",    "baseball1",
    "basketball",  "batman123",     "benjamin",     "blahblah",     "blink182",    "butterfly",
    "changeme",    "changeme1",     "changeme123",  "charlie1",     "chelsea1",    "chocolate",
    "computer",    "computer1",     "contrasena",   "corvette",     "default1",    "demo1234",
    "demodemo",    "dragon12",      "dragon123",    "elizabeth",    "facebook1",   "football",
    "football1",   "freedom1",      "google123",    "guest123",     "hunter22",    "ilovegod",
    "iloveu123",   "iloveyou",      "iloveyou!",    "iloveyou1",    "iloveyou2",   "instagram",
    "internet",    "internet1",     "iphone123",    "jennifer",     "jessica1",    "jordan23",
    "juventus1",   "letmein1",      "letmein123",   "letmeinnow",   "li123456",    "linkedin1",
    "liverpool",   "liverpool1",    "lovelove",     "loveyou1",     "manchester",  "master12",
    "master123",   "maverick",      "mercedes",     "metallica",    "michael1",    "michelle",
    "microsoft",   "midnight",      "monkey12",     "monkey123",    "motdepasse",  "mypassword",
    "mypassword1", "newpassword",   "nopassword",   "p@ssw0rd",     "p@ssword",    "pa$$w0rd",
    "pa$$word",    "passw0rd",      "password",     "password!",    "password01",  "password02",
    "password1",   "password1!",    "password11",   "password12",   "password123", "password1234",
    "password2",   "password3",     "password99",   "passwort",     "passwort1",   "pokemon1",
    "pokemon123",  "princess",      "princess1",    "q1w2e3r4",     "q1w2e3r4t5",  "q1w2e3r4t5y6",
    "qq123456",    "qwe12345",      "qweasdzxc",    "qwer1234",     "qwerasdf",    "qwerty12",
    "qwerty123",   "qwerty1234",    "qwerty12345",  "qwertyu1",     "qwertyui",    "qwertyuiop",
    "realmadrid",  "root1234",      "rootroot",     "samantha",     "samsung1",    "samsung123",
    "secret12",    "secret123",     "security",     "shadow12",     "shadow123",   "shoppers",
    "shopping",    "shopping1",     "slipknot",     "spiderman",    "spring2025",  "spring2026",
    "starwars",    "starwars1",     "summer2020",   "summer2021",   "summer2022",  "summer2023",
    "summer2024",  "summer2025",    "summer2026",   "sunshine",     "sunshine1",   "superman",
    "superman1",   "temp1234",      "test1234",     "test12345",    "tester123",   "testing1",
    "testing123",  "testtest",      "toortoor",     "trustno1",     "user1234",    "useruser",
    "wang1234",    "welcome1",      "welcome1!",    "welcome12",    "welcome123",  "whatever",
    "whatever1",   "whatsapp1",     "windows1",     "windows10",    "winter2023",  "winter2024",
    "winter2025",  "winter2026",    "woaini1314",   "woaini520",    "woaiwojia",   "zaq12wsx",
    "zaq1xsw2",    "zaq1zaq1",      "zhang123",     "zxcv1234",     "zxcvbnm,",    "zxcvbnm1",
    "zxcvbnm123",
});

}  // namespace

bool is_breached(std::string_view lower) {
  return std::binary_search(kBreached.begin(), kBreached.end(), lower);
}

}  // namespace fondaco::shoppers
