//! Mails that come one after the other, with a person who sends the drafts between them.

use domain::MailKey;
use local::world::World;
use ports::Ledger;

use super::report::{Ended, Out};
use super::{Delivered, PATIENCE, follow};

/// Lets each mail come once the one before has ended and its draft was sent as it was.
pub(super) async fn play(
    world: &World,
    mails: Vec<(String, Vec<u8>)>,
    out: &Out,
    json: bool,
) -> anyhow::Result<(Vec<Delivered>, Vec<Ended>)> {
    let (mut delivered, mut ended) = (vec![], vec![]);
    for (file, raw) in mails {
        let mail = [Delivered::now(world, file, &raw)];
        ended.extend(follow(world, &mail, out, json).await?);
        send_draft(world, &mail[0].key).await?;
        delivered.extend(mail);
    }
    Ok((delivered, ended))
}

/// A person sends the draft that answers a mail, and the helpdesk takes note of it.
async fn send_draft(world: &World, mail: &MailKey) -> anyhow::Result<()> {
    let record = world.ledger.mail(mail).await?;
    let draft = record.and_then(|record| record.draft);
    let sent = draft.and_then(|draft| world.stand_ins.gmail.send_draft(&draft));
    if let Some(head) = sent {
        let key = MailKey::new(mail.mailbox(), head.id);
        world.settle(&[key], PATIENCE).await?;
    }
    Ok(())
}
