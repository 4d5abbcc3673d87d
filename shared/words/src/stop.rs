//! The small words of grammar, by which no two texts are alike.

use std::collections::HashSet;
use std::sync::OnceLock;

use crate::folded;

const SMALL: [(&str, &str); 5] = [
    (
        "en",
        "a about after all also am an and any are as at be because been before but by can could did do does doing for from had has have he her here him his how i if in into is it its just me more my no nor not of on only or other our out over please she should so some such than that the their them then there these they this those to too under up us very was we were what when where which while who whom why will with would yes yet you your yours",
    ),
    (
        "de",
        "aber alle allem allen aller alles als also am an auch auf aus bei beim bin bis bitte bist da dadurch damit dann das dass dein dem den denn der des die dies diese diesem diesen dieser dieses doch dort du durch ein eine einem einen einer eines er es etwas euch euer fur haben hat hatte hier ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im in ist ja jede jedem jeden jeder jedes kann kein keine konnen mein meine meinem meinen meiner mich mir mit muss nach nicht noch nun nur ob oder ohne sehr sein seine seinem seinen seiner seit sich sie sind so solche soll sollen sondern uber um und uns unser unsere unserem unseren unserer unter vom von vor war waren warum was weil welche welchem welchen welcher welches wenn wer werde werden wie wieder will wir wird wo wurde wurden zu zum zur zwischen",
    ),
    (
        "fr",
        "a ai au aucun aussi autre aux avec avez avoir avons c ce cela ces cet cette ceux chez comme comment d dans de des deux du elle elles en encore entre est et ete etes etre eu fait faire il ils j je l la le les leur leurs lorsque lui m ma mais me meme mes moi mon n ne ni nos notre nous on ont ou par pas peut peuvent plus pour pouvez puis qu quand que quel quelle quelles quels qui s sa sans se sera ses si soit son sont sous sur t ta te tes toi ton tous tout toute toutes tres tu un une vos votre vous y",
    ),
    (
        "es",
        "a al algo alguna algunas alguno algunos ante antes asi aun bajo bien cada como con cual cuales cuando de del desde donde dos e el ella ellas ellos en entre era es esa ese eso esta estan estar este esto estos fue ha haber hace hacer han hasta hay la las le les lo los mas me mi mis muy nada ni no nos nosotros nuestra nuestro o os otra otro para pero poco por porque puede pueden puedo que quien se sea ser si sin sobre son su sus tambien te tiene tienen todo todos tu tus un una unas uno unos usted ustedes y ya yo",
    ),
    (
        "it",
        "a ad agli ai al alla alle allo anche ancora avere c che chi ci cio come con cosa cui d da dagli dai dal dalla dalle dallo degli dei del dell della delle dello di dopo dove due e ed egli ella era essere fa fare fino fra gia gli ha hanno ho i il in io l la le lei li lo loro lui ma me mi mia mie miei mio molto ne negli nei nel nella nelle nello noi non nostra nostro o ogni oppure per perche piu poi prima puo qual quale quali quando quanto quella quelle quelli quello questa queste questi questo qui se senza si sia siamo sono sta su sua sue sugli sui sul sulla sulle suo suoi tra tu tua tuo tutti tutto un una uno vi voi vostra vostro",
    ),
];

/// Whether a word is one of the small words of the language. In a language that is not served none
/// is.
pub fn is_stop_word(word: &str, language: Option<&str>) -> bool {
    static SETS: OnceLock<[(&str, HashSet<&str>); 5]> = OnceLock::new();
    let sets = SETS.get_or_init(|| SMALL.map(|(of, words)| (of, words.split(' ').collect())));
    let small = sets.iter().find(|(of, _)| Some(*of) == language);
    small.is_some_and(|(_, words)| words.contains(folded(word).as_str()))
}
