// Rows of chargebacks. Private to orders.
#pragma once

#include <fondaco/orders/chargebacks.h>

namespace fondaco::orders {

void insert_chargeback(storage::Tx& tx, const Chargeback& chargeback);
/// State, deadline, end and count of evidence; raises the version.
void update_chargeback(storage::Tx& tx, Chargeback& chargeback);
std::vector<Chargeback> chargebacks_of_payment(storage::Read& read, PaymentId payment);
void insert_evidence(storage::Tx& tx, const Chargeback& chargeback, const NewEvidence& evidence);

}  // namespace fondaco::orders
