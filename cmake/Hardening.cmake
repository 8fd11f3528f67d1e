# Every optimised build is hardened; a sanitizer build brings its own checks instead.
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1")
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g1")
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g1")
if(CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
  add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong
    -fstack-clash-protection -fcf-protection=full)
  add_compile_definitions(_GLIBCXX_ASSERTIONS)
  add_link_options(-pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)
  # Debian's start files carry no CET note, which would drop ours: say it for the whole program.
  # Shadow stacks need nothing of them; Linux does not enforce IBT for programs yet.
  if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
    add_link_options(-Wl,-z,ibt -Wl,-z,shstk)
  endif()
endif()
# In tests and sanitizer builds a broken FONDACO_CHECK aborts; in a release it throws Bug.
if(NOT CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
  add_compile_definitions(FONDACO_CHECK_ABORTS)
endif()
find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()
