variable "project_id" {
  description = "The Google Cloud project. It must be the one that the OAuth client of the mailbox belongs to: Gmail refuses topics of others."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "A project's id has 6 to 30 small letters, digits and hyphens, and begins with a letter."
  }
}

variable "name" {
  description = "What the names of everything here begin with."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,23}$", var.name))
    error_message = "Two to 24 small letters, digits and hyphens: a service account's id is no longer than 30."
  }
}

variable "push_audience" {
  description = "What stands as the audience in the tokens of pushes. Any fixed text; the function compares it."
  type        = string

  validation {
    condition     = can(regex("^[^ ]+$", var.push_audience))
    error_message = "It must not be empty or hold spaces."
  }
}

variable "push_endpoint" {
  description = "The output IngestUrl of the deployed stack. Empty makes no push subscription yet."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^$|^https://[^ ]+$", var.push_endpoint))
    error_message = "It must begin with https://, or be empty until the stack stands."
  }
}

variable "ack_deadline" {
  description = "Seconds that a push waits for its answer. Not less than HandlerTimeout of the template, or the same push comes twice at once."
  type        = number
  default     = 60

  validation {
    condition     = var.ack_deadline >= 10 && var.ack_deadline <= 600
    error_message = "Pub/Sub takes 10 to 600 seconds."
  }
}

variable "backoff" {
  description = "Seconds between the tries of one push: the first wait, and the longest."
  type = object({
    first   = number
    longest = number
  })
  default = { first = 10, longest = 600 }

  validation {
    condition     = var.backoff.first >= 0 && var.backoff.first <= var.backoff.longest && var.backoff.longest <= 600
    error_message = "Pub/Sub takes 0 to 600 seconds, and the first wait is not longer than the longest."
  }
}

variable "tries" {
  description = "How often a push is tried before it goes to the dead letters. With the usual waits 20 tries last for two hours."
  type        = number
  default     = 20

  validation {
    condition     = var.tries >= 5 && var.tries <= 100
    error_message = "Pub/Sub takes 5 to 100."
  }
}

variable "retention_hours" {
  description = "How long a push that nobody took is kept. Older ones are of no use: the schedule has read the mailbox's history by then."
  type        = number
  default     = 24

  validation {
    condition     = var.retention_hours >= 1 && var.retention_hours <= 168
    error_message = "From an hour to seven days."
  }
}

variable "dead_letter_days" {
  description = "How long dead letters are kept for a person to read."
  type        = number
  default     = 7

  validation {
    condition     = var.dead_letter_days >= 1 && var.dead_letter_days <= 7
    error_message = "From one day to seven."
  }
}
