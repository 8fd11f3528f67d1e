# The only build function of the house.
#
# fondaco_module(NAME catalog DEPENDS base storage SOURCES import.cc … TESTS import_test.cc …
#                API api.cc … API_DEPENDS http … LINK fmt::fmt …)
#   src/<name>/include/fondaco/**.h   public face: visible to modules that list <name> in DEPENDS
#   src/<name>/*.{h,cc}               private: visible to this folder only
#   src/<name>/*_test.cc              tests, one executable per module
#   API                               library fondaco_<name>_api: the only part that knows HTTP
#   schema/*.sql                      embedded, in order, as storage::Migration list of the module
function(fondaco_module)
  cmake_parse_arguments(M "" "NAME"
    "DEPENDS;SOURCES;TESTS;LINK;API;API_DEPENDS;TEST_DEPENDS;TEST_LINK" ${ARGN})
  foreach(list M_SOURCES M_TESTS M_API)  # bootstrap: files that are being written are left out
    set(there)
    foreach(file ${${list}})
      if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${file} OR IS_ABSOLUTE ${file})
        list(APPEND there ${file})
      else()
        message(WARNING "${M_NAME}: ${file} is not there yet")
      endif()
    endforeach()
    set(${list} ${there})
  endforeach()
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/include/fondaco/*.h)
  file(GLOB schemas CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/schema/*.sql)
  if(schemas)
    list(SORT schemas)
    set(generated ${CMAKE_CURRENT_BINARY_DIR}/${M_NAME}_schema.cc)
    add_custom_command(OUTPUT ${generated}
      COMMAND Python3::Interpreter ${PROJECT_SOURCE_DIR}/tools/embed_schema.py
              ${M_NAME} ${generated} ${schemas}
      DEPENDS ${schemas} ${PROJECT_SOURCE_DIR}/tools/embed_schema.py
      COMMENT "Embedding the schema of ${M_NAME}" VERBATIM)
    list(APPEND M_SOURCES ${generated})
  endif()
  add_library(fondaco_${M_NAME} STATIC ${M_SOURCES})
  add_library(fondaco::${M_NAME} ALIAS fondaco_${M_NAME})
  target_sources(fondaco_${M_NAME} PUBLIC FILE_SET HEADERS
    BASE_DIRS ${CMAKE_CURRENT_SOURCE_DIR}/include FILES ${headers})
  target_compile_options(fondaco_${M_NAME} PRIVATE ${FONDACO_WARNINGS})
  list(TRANSFORM M_DEPENDS PREPEND fondaco::)
  target_link_libraries(fondaco_${M_NAME} PUBLIC ${M_DEPENDS} ${M_LINK})
  if(M_API)
    add_library(fondaco_${M_NAME}_api STATIC ${M_API})
    add_library(fondaco::${M_NAME}_api ALIAS fondaco_${M_NAME}_api)
    target_compile_options(fondaco_${M_NAME}_api PRIVATE ${FONDACO_WARNINGS})
    list(TRANSFORM M_API_DEPENDS PREPEND fondaco::)
    target_link_libraries(fondaco_${M_NAME}_api PUBLIC fondaco::${M_NAME} fondaco::http
      ${M_API_DEPENDS})
  endif()
  if(M_TESTS AND FONDACO_TESTS)
    add_executable(${M_NAME}_test ${M_TESTS})
    target_compile_options(${M_NAME}_test PRIVATE ${FONDACO_WARNINGS})
    list(TRANSFORM M_TEST_DEPENDS PREPEND fondaco::)
    target_link_libraries(${M_NAME}_test PRIVATE fondaco::${M_NAME} ${M_TEST_DEPENDS} ${M_TEST_LINK}
      GTest::gtest GTest::gtest_main)
    if(M_API)
      target_link_libraries(${M_NAME}_test PRIVATE fondaco::${M_NAME}_api)
    endif()
    add_test(NAME ${M_NAME} COMMAND ${M_NAME}_test)
    set_tests_properties(${M_NAME} PROPERTIES WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  endif()
endfunction()
