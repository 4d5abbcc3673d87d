//! Any values of Authentication-Results: nobody proves a sender but our own mail server.

use domain::Mail;
use domain::sender::{Sender, SenderPolicy, Trust, prove};

use crate::carlas_mail;

const OURS: &str = "mx.google.com";

/// What our server writes of a mail that somebody else sent in Carla's name.
const FAILED: &str = "mx.google.com; dmarc=fail header.from=customer.test";

/// Reads the first line as the From field and each further line as a value of Authentication-Results,
/// topmost first.
///
/// # Panics
/// If a sender is proven by what anybody could have written.
pub fn holds(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut lines = text.split('\n');
    let from = lines.next().unwrap_or_default();
    let fields: Vec<&str> = lines.collect();
    for trust in [Trust::Dmarc, Trust::DmarcOrDkim] {
        for author in ["carla@customer.test", from] {
            proves_for_a_reason(author, &fields, trust);
        }
        for field in &fields {
            the_envelope_writes_no_verdict(field, trust);
        }
    }
}

fn mail(author: &str, fields: &[&str]) -> Mail {
    let mut mail = carlas_mail();
    author.clone_into(&mut mail.headers[0].1);
    let fields = fields.iter().map(|field| (*field).to_owned());
    let named = fields.map(|field| ("authentication-results".to_owned(), field));
    mail.headers.extend(named);
    mail
}

fn is_proven(mail: &Mail, authserv_id: &str, trust: Trust) -> bool {
    let policy = SenderPolicy {
        authserv_id: authserv_id.to_owned(),
        trust,
    };
    match prove(mail, &policy) {
        Sender::Proven(address) => {
            assert_eq!(address, "carla@customer.test", "proven as somebody else");
            true
        }
        Sender::Unproven(_) => false,
    }
}

fn proves_for_a_reason(author: &str, fields: &[&str], trust: Trust) {
    let names = |field: &&str, id: &str| field.replace('\\', "").to_ascii_lowercase().contains(id);
    let other = "mx.helpdesk.test";
    if !fields.iter().any(|field| names(field, other)) {
        let proven = is_proven(&mail(author, fields), other, trust);
        assert!(!proven, "another server's word is taken");
    }
    if is_proven(&mail(author, fields), OURS, trust) {
        let method = match trust {
            Trust::Dmarc => &["dmarc"][..],
            Trust::DmarcOrDkim => &["dmarc", "dkim"],
        };
        let mut ours = fields.iter().filter(|field| names(field, OURS));
        let speaks = ours.any(|field| {
            let lower = field.to_ascii_lowercase();
            lower.contains("pass")
                && lower.contains("customer.test")
                && method.iter().any(|method| lower.contains(method))
        });
        assert!(speaks, "proven by nothing");
        let lower = author.to_ascii_lowercase();
        assert!(lower.contains("carla@customer.test"), "proven as another");
    }
    // Whatever stands below our verdict was there before the mail came in.
    let below: Vec<&str> = [FAILED].into_iter().chain(fields.iter().copied()).collect();
    let proven = is_proven(&mail(author, &below), OURS, trust);
    assert!(!proven, "a field below our verdict is taken for it");
}

/// The envelope's sender is the only text of the sender's own in what our server writes.
fn the_envelope_writes_no_verdict(envelope: &str, trust: Trust) {
    let verdict = format!(
        "mx.google.com; spf=pass (google.com: domain of {envelope} designates 192.0.2.25 as permitted \
         sender) smtp.mailfrom={envelope}; dmarc=fail header.from=customer.test"
    );
    let proven = is_proven(&mail("carla@customer.test", &[&verdict]), OURS, trust);
    assert!(!proven, "an envelope has written a verdict");
}
