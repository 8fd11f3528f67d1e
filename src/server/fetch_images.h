// The job that brings pictures home: what a merchant's products name by address is fetched by a
// child process and kept as blobs. Depends on catalog, jobs, fetch_child.h.
#pragma once

#include <fondaco/base/ids.h>
#include <fondaco/storage/blobs.h>
#include <fondaco/storage/jobs.h>

namespace fondaco::server {

/// Handler of the job "images.fetch". Tries again with growing pauses while some picture could
/// not be fetched for a reason that may pass; in its last attempt those are given up, too.
/// Result: {"fetched":n,"refused":n,"left":n}.
storage::JobKind fetch_images_job(storage::Store& store, storage::Blobs& blobs);

JobId enqueue_fetch_images(storage::Tx& tx, MerchantId merchant);

}  // namespace fondaco::server
