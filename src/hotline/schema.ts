import { INCIDENTS } from "./tip.ts";
import { escapeXml } from "./xml.ts";

const text = (name: string, more = ""): string => `<xs:element name="${name}" type="xs:string"${more}/>`;
const optional = ' minOccurs="0"';

/** The schema of the two documents: what must be there; elements that are not read by name may hold anything, and are kept as they stand. */
export const SCHEMA = `<?xml version="1.0" encoding="UTF-8"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <xs:element name="report"><xs:complexType><xs:sequence>
    <xs:element name="incidentSummary"><xs:complexType><xs:sequence>
      <xs:element name="incidentType"><xs:simpleType><xs:restriction base="xs:string">
        ${Object.keys(INCIDENTS)
          .map((type) => `<xs:enumeration value="${escapeXml(type)}"/>`)
          .join("\n        ")}
      </xs:restriction></xs:simpleType></xs:element>
      ${text("platform", optional)}
      ${text("escalateToHighPriority", optional)}
      <xs:element name="reportAnnotations" type="xs:anyType"${optional}/>
      <xs:element name="incidentDateTime" type="xs:dateTime"/>
      ${text("incidentDateTimeDescription", optional)}
    </xs:sequence></xs:complexType></xs:element>
    <xs:element name="internetDetails" type="xs:anyType" minOccurs="0" maxOccurs="unbounded"/>
    <xs:element name="lawEnforcement" type="xs:anyType"${optional}/>
    <xs:element name="reporter"><xs:complexType><xs:sequence>
      <xs:element name="reportingPerson" type="xs:anyType"/>
      <xs:element name="contactPerson" type="xs:anyType"${optional}/>
      ${text("companyTemplate", optional)}
      ${text("termsOfService", optional)}
      ${text("legalURL", optional)}
    </xs:sequence></xs:complexType></xs:element>
    <xs:element name="personOrUserReported" type="xs:anyType"${optional}/>
    <xs:element name="intendedRecipient" type="xs:anyType" minOccurs="0" maxOccurs="unbounded"/>
    <xs:element name="victim" type="xs:anyType" minOccurs="0" maxOccurs="unbounded"/>
    ${text("additionalInfo", optional)}
  </xs:sequence></xs:complexType></xs:element>
  <xs:element name="fileDetails"><xs:complexType><xs:sequence>
    <xs:element name="reportId" type="xs:long"/>
    ${text("fileId", optional)}
    ${text("originalFileName", optional)}
    ${text("locationOfFile", optional)}
    <xs:element name="fileViewedByEsp" type="xs:boolean"${optional}/>
    <xs:element name="exifViewedByEsp" type="xs:boolean"${optional}/>
    <xs:element name="publiclyAvailable" type="xs:boolean"${optional}/>
    ${text("fileRelevance", optional)}
    <xs:element name="fileAnnotations" type="xs:anyType"${optional}/>
    ${text("industryClassification", optional)}
    <xs:element name="originalFileHash" minOccurs="0" maxOccurs="16"><xs:complexType><xs:simpleContent><xs:extension base="xs:string">
      <xs:attribute name="hashType" use="required" type="xs:string"/>
    </xs:extension></xs:simpleContent></xs:complexType></xs:element>
    <xs:element name="ipCaptureEvent" type="xs:anyType" minOccurs="0" maxOccurs="unbounded"/>
    <xs:element name="deviceId" type="xs:anyType" minOccurs="0" maxOccurs="unbounded"/>
    <xs:element name="details" type="xs:anyType" minOccurs="0" maxOccurs="unbounded"/>
    ${text("additionalInfo", ' minOccurs="0" maxOccurs="unbounded"')}
  </xs:sequence></xs:complexType></xs:element>
</xs:schema>
`;
