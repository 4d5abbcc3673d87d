//! The pages for people.

use std::sync::Arc;

use serde_json::json;
use testkit::odoo::FakeOdoo;

use super::{a_ticket, call_on, serve};

#[tokio::test]
async fn a_ticket_has_a_page_on_which_its_title_is_text() {
    let odoo = Arc::new(FakeOdoo::default());
    let url = serve(odoo.clone(), 19).await;
    let vals = json!({"name": "<script>x()</script>", "description": "<p>Hello</p>"});
    let vals = vals.as_object().cloned().unwrap_or_default();
    let id = odoo
        .transaction(|records| records.create("helpdesk.ticket", &vals))
        .expect("an id");
    let link = format!("{url}/mail/view?model=helpdesk.ticket&res_id={id}");
    let page = reqwest::get(link)
        .await
        .expect("an answer")
        .text()
        .await
        .expect("a text");
    assert!(
        page.contains("&lt;script&gt;") && page.contains("<p>Hello</p>"),
        "{page}"
    );
    assert!(!page.contains("<script"), "{page}");
}

#[tokio::test]
async fn the_page_of_a_ticket_shows_its_files_with_their_sizes() {
    let odoo = Arc::new(FakeOdoo::default());
    let file = json!({"vals_list": {"name": "<scan>.pdf", "datas": "JVBERg==",
                                    "res_model": "mail.compose.message", "res_id": 0}});
    let (_, files) = call_on(odoo.clone(), "ir.attachment/create", file).await;
    let made = json!({ "vals_list": a_ticket() });
    let (_, ids) = call_on(odoo.clone(), "helpdesk.ticket/create", made).await;
    let post = json!({"ids": ids, "body": "Two files", "attachment_ids": files});
    call_on(odoo.clone(), "helpdesk.ticket/message_post", post).await;
    let page = page_of(odoo).await;
    assert!(
        page.contains("&lt;scan&gt;.pdf <small>4 bytes</small>"),
        "{page}"
    );
    assert!(!page.contains("Last intent"), "{page}");
}

#[tokio::test]
async fn the_page_of_a_ticket_shows_what_its_fields_tell() {
    let odoo = Arc::new(FakeOdoo::default());
    odoo.is_set_up();
    let mut vals = a_ticket();
    vals["x_helpdesk_intent"] = "general_query".into();
    vals["x_helpdesk_confidence"] = 0.75.into();
    let made = json!({ "vals_list": vals });
    call_on(odoo.clone(), "helpdesk.ticket/create", made).await;
    let page = page_of(odoo).await;
    for row in ["<th>Last intent<td>general_query", "<th>Confidence<td>0.75"] {
        assert!(page.contains(row), "{page}");
    }
}

/// The page of the first ticket.
async fn page_of(odoo: Arc<FakeOdoo>) -> String {
    let id = odoo.tickets()[0].id;
    let url = serve(odoo, 19).await;
    let link = format!("{url}/mail/view?model=helpdesk.ticket&res_id={id}");
    let page = reqwest::get(link).await.expect("an answer");
    page.text().await.expect("a text")
}
