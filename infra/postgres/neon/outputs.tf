output "database_secret" {
  description = "The ledger's address with its password. Not the pooler's: functions set a timeout as they connect, which the pooler refuses."
  value = format(
    "postgres://%s:%s@%s/%s?sslmode=require",
    urlencode(neon_project.ledger.database_user),
    # In an address a space is no plus.
    replace(urlencode(neon_project.ledger.database_password), "+", "%20"),
    neon_project.ledger.database_host,
    neon_project.ledger.database_name,
  )
  sensitive = true
}
