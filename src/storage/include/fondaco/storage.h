// Everything a module needs to read and write: see the headers in storage/. Depends on base.
#pragma once

#include <fondaco/storage/migration.h>
#include <fondaco/storage/outbox.h>
#include <fondaco/storage/sql.h>
#include <fondaco/storage/store.h>
#include <fondaco/storage/timers.h>
#include <fondaco/storage/tx.h>
#include <fondaco/storage/writer.h>
