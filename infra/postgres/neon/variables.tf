variable "name" {
  description = "The name of the Neon project."
  type        = string
}

variable "region" {
  description = "Neon's region. The AWS region of the functions with aws- before it is nearest."
  type        = string

  validation {
    condition     = can(regex("^(aws|azure)-[a-z0-9-]+$", var.region))
    error_message = "Such as aws-eu-central-1."
  }
}

variable "organization" {
  description = "The id of the Neon organization that the project belongs to. Null where the API key belongs to one already."
  type        = string
  default     = null
}

variable "postgres_version" {
  description = "The major version of Postgres."
  type        = number
  default     = 17

  validation {
    condition     = var.postgres_version >= 15
    error_message = "15 or later."
  }
}

variable "size" {
  description = "The least and the most compute units. One of 0.25 has 1 GB of memory and takes about a hundred connections; each running function keeps up to two."
  type = object({
    least = number
    most  = number
  })
  default = { least = 0.25, most = 1 }

  validation {
    condition     = var.size.least >= 0.25 && var.size.least <= var.size.most
    error_message = "From 0.25, and the least is not more than the most."
  }
}

variable "history_hours" {
  description = "How far back the database can be set. Neon's free plan takes 6 hours at the most, paid ones a week or more."
  type        = number
  default     = 168

  validation {
    condition     = var.history_hours >= 0 && var.history_hours <= 720
    error_message = "From 0 to 720 hours."
  }
}
