//! Who a mail is really from: the gate before everything that concerns accounts.

use domain::sender::{Sender, SenderPolicy, prove};
use ports::{Bank, Customer, Holder};

use crate::Failure;
use crate::workplace::{Instead, Job};

/// The proven sender's address, or why a person must look.
pub(crate) fn proven(job: &Job, policy: &SenderPolicy) -> Instead<String> {
    match prove(&job.fetched.mail, policy) {
        Sender::Proven(address) => Instead::Continue(address),
        Sender::Unproven(why) => Instead::Break(unproven(&why)),
    }
}

/// Why a mail about accounts goes to a person although it is clear what it wants.
pub fn unproven(why: &domain::sender::Unproven) -> String {
    format!("the sender is not proven: {why}")
}

/// The one customer with this address, or why a person must look.
pub(crate) async fn customer(bank: &dyn Bank, address: &str) -> Result<Instead<Customer>, Failure> {
    let holder = bank.holder(address).await;
    Ok(
        match holder.map_err(Failure::doing("looking up the customer"))? {
            Holder::One(customer) => Instead::Continue(customer),
            Holder::Nobody => Instead::Break(NOBODY.to_owned()),
            Holder::Several => {
                Instead::Break("several customers share the sender's address".to_owned())
            }
        },
    )
}

pub(crate) const NOBODY: &str = "no customer has the sender's address";
