-- Two rights that opened nothing are no rights any more; tokens that were given only them keep none.
update api_tokens set scopes = array_remove(array_remove(scopes, 'customers:write'), 'offer:write')
where scopes && '{customers:write,offer:write}';
