//! What a draft must never say of itself: that somebody did, does or will do something for this customer,
//! and that the customer should hand over a secret.

use crate::tokens::{Token, tokens};
use crate::{Source, Unsupported};

/// How far behind the one who acts the deed may stand, in words.
const NEAR: usize = 12;

/// What one of us did: "we have", "wir haben".
const DONE: &str = "have|ve|had|haben|habe|avons|ai|hemos|he|abbiamo|ho";
const WE: &str = "we i wir ich nous je j our unser unsere";
/// What was done to something of the customer's.
const YOURS: &str = "your ihr ihre ihren ihrem ihrer votre vos su sus vuestra vuestro suo sua vostro vostra vostri vostre";
/// Deeds, by the beginnings of their words. Those of one line stand for each other.
const DEEDS: &str = "refund reimburs credit cancel block unblock unlock reset waiv compensat approv confirm arrang escalat forward \
    repaid repay activat deactivat remov delet process resolv correct increas rais extend grant accept \
    erstatt gutgeschrieb gutschreib stornier gesperrt sperren entsperr zuruckgesetz zurucksetz verzicht genehmig bestatig veranlass \
    weitergeleit weiterleit aktivier geloscht loschen bearbeitet korrigier erhoht gewahrt uberwiesen storniert \
    rembours credite annul bloqu debloqu reinitialis renonc indemnis approuv accord confirm transmis transmet activ supprim trait corrig augment \
    devuelt devolv abon cancelad anulad anul bloquead desbloque restablec renunci compens aprobad aprob confirm reenviad activad elimin tramit correg aument concedid \
    rimbors accredit annullat bloccat sbloccat reimpostat rinunc approvat confermat inoltrat attivat eliminat elaborat corrett aumentat concess";
/// Deeds that are talked about in the future: those above, and turning to the customer.
const CONTACTS: &str = "call phone contact write email send transfer pay return get back anruf melden schreib schick send uberweis zahl \
    appel rappel contact ecri enverr envoy llam contact escrib envi chiam richiam contatt scriv invi";
const FUTURE: &str = "will ll shall going werden werde";
/// Deeds that one word tells, with who does it in its ending: "rappellerons", "llamaremos", "rimborseremo".
const ENDINGS: [&str; 4] = ["erons", "irons", "remos", "remo"];
const ASSURES: &str = "guarantee guaranteed promise confirm hereby garantieren garantiere versprechen verspreche bestatigen bestatige hiermit \
    garantissons garantis promettons confirmons confirme garantizamos prometemos confirmamos confirmo garantiamo promettiamo confermiamo confermo";
const CONDITIONS: &str =
    "if when once wenn falls sobald si quand lorsque des cuando se quando appena unless";

const SECRETS: &str = "password passwords pin passcode tan cvc cvv passwort kennwort geheimzahl kartennummer kartenprufnummer \
    contrasena clave codice otp";
const SECRET_PAIRS: [(&str, &str); 12] = [
    ("mot", "passe"),
    ("code", "confidentiel"),
    ("code", "secret"),
    ("card", "number"),
    ("security", "code"),
    ("one", "code"),
    ("login", "details"),
    ("numero", "tarjeta"),
    ("numero", "carte"),
    ("numero", "carta"),
    ("codigo", "seguridad"),
    ("numero", "secreto"),
];
/// Handing something over to us.
const HANDING: &str = "send tell reply email mail provide give share text forward disclose supply \
    senden schicken sende schicke nennen nenne mitteilen mailen antworten geben teilen ubermitteln \
    envoyer envoyez communiquer communiquez donner donnez indiquer indiquez repondre repondez transmettre transmettez \
    enviar envie enviarnos decir diga facilitar facilite responder responda comunicar comunique indicar indique mandar \
    inviare invii inviaci comunicare comunichi fornire fornisca rispondere risponda mandare indicare indichi";
/// Typing something in somewhere: fine at a machine, not behind a link.
const TYPING: &str = "enter type confirm verify log eingeben geben bestatigen saisir saisissez confirmer confirmez introducir introduzca \
    confirmar confirme inserire inserisca confermare confermi";
const BEHIND_A_LINK: &str = "link here page website site form hier seite webseite formular lien ici formulaire enlace aqui pagina formulario qui modulo";
const DENIALS: &str = "not no never nicht nie niemals kein keine ne pas jamais aucun nunca jamas ningun non mai nessun dont without";

/// Those whom a document has no reason to speak to.
const MACHINES: &str = "assistant assistants assistent assistenten asistente assistente chatbot bot llm prompt prompts \
    sprachmodell sprachmodelle ai ki ia gpt gemini";

/// Whether a sentence speaks to people.
pub(crate) fn speaks_to_people(text: &str) -> Result<(), Unsupported> {
    let tokens = tokens(text);
    let machine = tokens
        .iter()
        .find(|token| is_among(MACHINES, &token.folded));
    match machine {
        Some(token) => Err(Unsupported::ToAMachine(token.text.clone())),
        None => Ok(()),
    }
}

/// Whether a sentence asks for no secret. A warning against telling one may stand.
pub(crate) fn asks_for_no_secret(text: &str) -> Result<(), Unsupported> {
    let tokens = tokens(text);
    let Some(secret) = secret(&tokens) else {
        return Ok(());
    };
    let has = |list: &str| tokens.iter().any(|token| is_among(list, &token.folded));
    let asks = has(HANDING) || has(TYPING) && (has(BEHIND_A_LINK) || text.contains("://"));
    if asks && !has(DENIALS) {
        return Err(Unsupported::AsksForSecret(secret));
    }
    Ok(())
}

/// Whether no secret is spoken of at all.
pub(crate) fn mentions_no_secret(text: &str) -> Result<(), Unsupported> {
    match secret(&tokens(text)) {
        Some(secret) => Err(Unsupported::AsksForSecret(secret)),
        None => Ok(()),
    }
}

fn secret(tokens: &[Token]) -> Option<String> {
    let one = tokens.iter().find(|token| is_among(SECRETS, &token.folded));
    let pair = || {
        let near =
            |at: usize, word: &str| tokens[at + 1..].iter().take(3).any(|t| t.folded == word);
        let at = |(first, second): &(&str, &str)| {
            tokens
                .iter()
                .enumerate()
                .find(|(at, t)| t.folded == *first && near(*at, second))
        };
        SECRET_PAIRS.iter().find_map(at).map(|(_, token)| token)
    };
    one.or_else(pair).map(|token| token.text.clone())
}

/// Whether a sentence says of nobody that they did, do or will do something for this customer. What is told
/// of the future may stand where a source says it in the same words: then it is how things are done.
pub(crate) fn promises_nothing(
    text: &str,
    language: &str,
    sources: &[Source<'_>],
) -> Result<(), Unsupported> {
    let tokens = tokens(text);
    let quoted = || {
        sources
            .iter()
            .any(|source| flat(source.text).contains(&flat(text)))
    };
    let conditional = tokens
        .iter()
        .any(|token| is_among(CONDITIONS, &token.folded));
    if let Some(deed) = done(&tokens)
        && !(conditional && quoted())
    {
        return Err(Unsupported::Promise(deed));
    }
    let to_come = to_come(&tokens, language);
    match to_come {
        Some(deed) if !quoted() => Err(Unsupported::Promise(deed)),
        _ => Ok(()),
    }
}

/// What somebody is said to have done for this customer.
fn done(tokens: &[Token]) -> Option<String> {
    for (at, token) in tokens.iter().enumerate() {
        let next = |within: usize| &tokens[at + 1..(at + 1 + within).min(tokens.len())];
        let deed = |within: usize| {
            next(within)
                .iter()
                .find(|t| begins_one_of(DEEDS, &t.folded))
        };
        let word = token.folded.as_str();
        // "We have refunded", "wir haben … erstattet", "hemos devuelto".
        let first_person = is_among(WE, word) && next(2).iter().any(|t| is_in(DONE, &t.folded));
        let by_ending = matches!(word, "hemos" | "abbiamo" | "avons");
        // "Your card has been blocked".
        let yours = is_among(YOURS, word)
            && next(5).iter().any(|t| {
                is_among(
                    "has have been wurde wurden ete ont sido stato stata",
                    &t.folded,
                )
            });
        let german =
            is_among("haben habe", word) && next(2).iter().any(|t| is_among(WE, &t.folded));
        if (first_person || by_ending || yours || german)
            && let Some(found) = deed(NEAR)
        {
            return Some(found.text.clone());
        }
    }
    None
}

/// What somebody is said to do or be about to do for this customer.
fn to_come(tokens: &[Token], language: &str) -> Option<String> {
    let acts = |token: &&Token| {
        begins_one_of(DEEDS, &token.folded)
            || is_among(CONTACTS, &token.folded)
            || begins_one_of(CONTACTS, &token.folded)
    };
    for (at, token) in tokens.iter().enumerate() {
        let next = |within: usize| &tokens[at + 1..(at + 1 + within).min(tokens.len())];
        let word = token.folded.as_str();
        let before = at
            .checked_sub(1)
            .map_or("", |at| tokens[at].folded.as_str());
        if is_among(ASSURES, word)
            && (is_among("we i wir ich nous je hiermit hereby", before)
                || matches!(language, "es" | "it")
                || word == "hiermit"
                || word == "hereby")
        {
            return Some(token.text.clone());
        }
        let we = is_among("we i wir ich", word)
            || is_among("we i wir ich", before) && is_among(FUTURE, word);
        if we
            && next(2)
                .iter()
                .chain([token])
                .any(|t| is_among(FUTURE, &t.folded))
            && let Some(found) = next(NEAR).iter().find(acts)
        {
            return Some(found.text.clone());
        }
        let told = ENDINGS.iter().any(|ending| word.ends_with(ending)) && word.len() > 7;
        if told && acts(&token) {
            return Some(token.text.clone());
        }
        // "You will receive a refund", "Sie erhalten Ihr Geld zurück".
        let gets = is_among(
            "receive get erhalten bekommen recevrez obtiendrez recibira ricevera",
            word,
        );
        let money = next(6).iter().find(|t| begins_one_of("refund compensat reimburs erstattung ruckerstattung entschadig remboursement reembolso rimborso", &t.folded));
        if gets && let Some(found) = money {
            return Some(found.text.clone());
        }
    }
    None
}

fn flat(text: &str) -> String {
    let folded = words::folded(text);
    words::words(&folded).collect::<Vec<_>>().join(" ")
}

fn is_in(list: &str, word: &str) -> bool {
    list.split('|').any(|one| one == word)
}

fn is_among(list: &str, word: &str) -> bool {
    list.split_ascii_whitespace().any(|one| one == word)
}

fn begins_one_of(list: &str, word: &str) -> bool {
    list.split_ascii_whitespace()
        .any(|one| one.len() > 3 && word.starts_with(one))
}
